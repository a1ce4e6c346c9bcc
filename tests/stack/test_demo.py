"""`jobctl demo`, from nothing to nothing, beside a stack that runs."""

import re
from typing import Any

import pytest
from stack_processes import processes_of

pytestmark = pytest.mark.stack


def test_the_demo_prints_the_facts_of_its_job(demo_run: Any) -> None:
    assert demo_run.exit_code == 0, demo_run.stderr
    job_id = _found(r"Job id: +([0-9A-HJKMNP-TV-Z]{26})$", demo_run.stdout)
    assert _found(r"Message id: +([0-9a-f-]{36})$", demo_run.stdout)
    assert _found(r"Job state: +(\w+)", demo_run.stdout) == "succeeded"
    assert re.fullmatch(
        rf"job-streams/\d{{4}}-\d\d-\d\d/{job_id}", _found(r"Stream: +(\S+)$", demo_run.stdout)
    )
    assert _found(r"Result: +(s3://\S+)$", demo_run.stdout).endswith(f"/{job_id}/1")
    assert "Processing background job: store-submission" in demo_run.stdout
    assert "Background job completed" in demo_run.stdout


def test_the_demo_says_where_the_time_went_and_what_overlapped(demo_run: Any) -> None:
    table = demo_run.stdout.partition("Where the time went")[2]
    for step in ("start the embedded AWS", "terraform apply dev", "services start", "drain the services"):
        assert re.search(rf"^{step} +\d+\.\d +\d+\.\d +\d+\.\d", table, re.MULTILINE), table
    assert re.search(r"^terraform apply shared .*terraform apply dev", table, re.MULTILINE), table


def test_the_demo_shows_what_terraform_waits_for(demo_run: Any) -> None:
    assert re.search(r"Terraform: shared \d+/\d+, dev \d+/\d+, \d+ s; waits for \S+", demo_run.stderr)


def test_the_demo_leaves_no_process_and_no_state_behind(demo_run: Any) -> None:
    assert processes_of(demo_run.paths.folder) == []
    assert not demo_run.paths.state_file.exists()
    assert not demo_run.paths.env_file.exists()
    assert demo_run.paths.log("terraform-dev").exists()


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return match[1]
