"""What needs an approval, and what counts as one."""

from pathlib import Path
from typing import Any

import pytest
from github_api import PERSON, GitHubApi
from github_job import Job, Outcome
from pipeline.github.approvals import record_hash
from pipeline.review import Change, Record

CHANGE = Change("aws_cloudwatch_metric_alarm.deep", ("update",), {"threshold": "1" * 64})
OTHER = Change("aws_sqs_queue.trigger", ("delete",))
RECORD = Record("dev", "7" * 40, {"main_job": "content-a"}, (CHANGE,))
HASH = record_hash(RECORD.text())
STARTED_BY_HAND = {"GITHUB_EVENT_NAME": "workflow_dispatch"}


def with_changes(*changes: Change) -> Record:
    return Record(RECORD.root, RECORD.tree, RECORD.images, changes)


def reviewed(job: Job, planned: Record, found: Record | None) -> tuple[Outcome, Record]:
    planned.write(job.folder / "planned.json")
    if found:
        found.write(job.folder / "found.json")
    outcome = job.run(
        "reviewed",
        job.folder / "planned.json",
        "--found",
        job.folder / "found.json",
        "--out",
        job.folder / "out",
    )
    return outcome, Record.read(job.folder / "out")


def approved(job: Job, hashes: str = "", **variables: str) -> Outcome:
    RECORD.write(job.folder / "record.json")
    return job.run("approved", "dev", "--record", job.folder / "record.json", "--hashes", hashes, **variables)


def review(state: str = "approved", environment: str = "dev-approval") -> dict[str, Any]:
    return {"state": state, "comment": "", "user": PERSON, "environments": [{"name": environment}]}


def test_a_plan_within_the_review_is_applied_by_the_review(job: Job) -> None:
    outcome, record = reviewed(job, RECORD, with_changes(CHANGE, OTHER))

    assert outcome.outputs == {"reviewed": "true"}
    assert record.changes == (CHANGE, OTHER)
    assert outcome.summary == ""


def test_a_plan_beyond_the_review_waits_and_shows_the_difference(job: Job) -> None:
    outcome, record = reviewed(job, with_changes(CHANGE, OTHER), RECORD)

    assert outcome.outputs == {"reviewed": "false"}
    assert record.changes == (CHANGE, OTHER)
    assert "aws_sqs_queue.trigger" in outcome.summary
    assert record_hash(record.text()) in outcome.summary


def test_a_plan_without_a_review_waits(job: Job) -> None:
    outcome, record = reviewed(job, RECORD, None)

    assert outcome.outputs == {"reviewed": "false"}
    assert record == RECORD
    assert "No review of exactly these files was found" in outcome.summary
    assert HASH in outcome.summary


@pytest.mark.parametrize("found", [None, RECORD], ids=["no review", "a review"])
def test_where_nothing_would_change_there_is_nothing_to_approve(job: Job, found: Record | None) -> None:
    outcome, _ = reviewed(job, with_changes(), found)

    assert outcome.outputs == {"reviewed": "true"}


def test_a_review_of_other_files_is_none(job: Job) -> None:
    outcome, _ = reviewed(job, RECORD, Record("dev", "8" * 40, RECORD.images, RECORD.changes))

    assert outcome.outputs == {"reviewed": "false"}


def test_a_reviewer_approves(job: Job, github: GitHubApi) -> None:
    github.approvals = [review("rejected"), review()]

    outcome = approved(job)

    assert outcome.exit_code == 0
    assert outcome.printed == "ada has approved the deployment to dev-approval.\n"
    assert ("GET", "/repos/example-org/jobs/actions/runs/99/approvals") in github.calls


@pytest.mark.parametrize(
    "reviews",
    [[], [review("rejected")], [review(environment="prod-approval")], [review(environment="dev")]],
    ids=["nobody", "refused", "another environment's", "the deployment's own"],
)
def test_without_a_reviewer_for_it_the_job_fails(
    job: Job, github: GitHubApi, reviews: list[dict[str, Any]]
) -> None:
    github.approvals = reviews

    outcome = approved(job)

    assert outcome.exit_code == 1
    assert outcome.error.startswith(
        "Nobody has approved these changes of dev. Give the environment dev-approval"
    )
    assert HASH in outcome.error


@pytest.mark.parametrize("hashes", [HASH, f"{'0' * 64}, {HASH.upper()}", f"{'0' * 64} {HASH}"])
def test_a_person_approves_by_starting_the_run_with_the_hash(job: Job, hashes: str) -> None:
    outcome = approved(job, hashes, **STARTED_BY_HAND)

    assert outcome.exit_code == 0
    assert outcome.printed == "ada started this run with the hash of exactly these changes.\n"


def test_the_hash_of_other_changes_approves_nothing(job: Job) -> None:
    outcome = approved(job, "0" * 64, **STARTED_BY_HAND)

    assert outcome.exit_code == 1
    assert "The hashes that were named are of other changes." in outcome.error


def test_a_hash_in_a_run_that_no_person_started_approves_nothing(job: Job) -> None:
    assert approved(job, HASH, GITHUB_EVENT_NAME="push").exit_code == 1


@pytest.mark.parametrize("hashes", ["abc", HASH[:-1], f"{HASH}0", "$(reboot)"])
def test_what_is_no_hash_is_bad_input(job: Job, hashes: str) -> None:
    outcome = approved(job, hashes, **STARTED_BY_HAND)

    assert outcome.exit_code == 2
    assert "one has 64 hexadecimal digits" in outcome.error


def test_a_run_without_a_number_is_bad_input(job: Job) -> None:
    assert "GITHUB_RUN_ID is 'x/../y'" in approved(job, GITHUB_RUN_ID="x/../y").error


def test_a_broken_record_is_bad_input(job: Job, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text("{}")

    outcome = job.run("approved", "dev", "--record", tmp_path / "record.json")

    assert outcome.exit_code == 2
    assert "is no record of reviewed changes" in outcome.error
