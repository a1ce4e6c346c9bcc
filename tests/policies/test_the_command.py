"""The command refuses what it cannot read, and fails when something was not looked at."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from commands import REPOSITORY, run_policies
from small_plans import small_plan

from policy_command import scanning
from policy_command.completeness import our_ids
from policy_command.errors import BadInput
from policy_command.known_later import PLACEHOLDER, with_placeholders

GOOD_PLAN = json.dumps(small_plan())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("PK\x03\x04", "is not JSON; make it by: terraform show -json PLAN"),
        ("[]", "is not a plan; make it by: terraform show -json PLAN"),
        ('{"format_version": "1.0", "values": {}}', "is not a plan"),
        (
            '{"planned_values": {}, "resource_changes": [], "errored": true}',
            "is a plan that ended in an error",
        ),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text)

    told = run_policies("--plan", file)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"policies: {file} ")
    assert message in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_root_that_does_not_exist_is_refused() -> None:
    told = run_policies("--env", "production")

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(
        "policies: there is no root 'production' in infra/envs or examples; choose from "
    )


def test_code_that_does_not_plan_is_refused_in_one_line(tmp_path: Path) -> None:
    root = tmp_path / "infra/envs/dev"
    root.mkdir(parents=True)
    (root / "backend.tf").write_text("terraform {\n")

    told = run_policies("--repository", tmp_path)

    assert told.returncode == 2
    assert re.fullmatch(r"policies: terraform init of infra/envs/dev failed: .*\n", told.stderr)


@pytest.fixture(scope="module")
def copy_of_policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command and its checks: one cannot be imported, one breaks, and one file names no check."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(REPOSITORY / "policies", copy / "policies")
    (copy / ".local").mkdir()
    (copy / ".local/policies").symlink_to(REPOSITORY / ".local/policies")
    checks = copy / "policies/checks/plan"
    (checks / "drain.py").write_text((checks / "drain.py").read_text() + "\nimport no_such_module\n")
    (checks / "deletions.py").write_text(
        (checks / "deletions.py").read_text().replace("lost = {", "lost = plan.no_such_thing or {")
    )
    heartbeat = (checks / "heartbeat.py").read_text()
    (checks / "heartbeat.py").write_text(heartbeat.replace("\nHeartbeatComesInTime()\n", ""))
    return copy


def test_a_policy_that_does_not_run_fails_the_command(copy_of_policies: Path, tmp_path: Path) -> None:
    without_provider = {**small_plan(), "configuration": {}}
    (tmp_path / "plan.json").write_text(GOOD_PLAN)
    (tmp_path / "bare.json").write_text(json.dumps(without_provider))
    plans = ("--plan", tmp_path / "plan.json", "--plan", tmp_path / "bare.json")

    told = run_policies(*plans, "--json", tmp_path / "found.json", command=copy_of_policies)

    assert told.returncode == 1, told.stdout + told.stderr
    assert f"policies: plan of {tmp_path}/bare.json: CKV_JOBS_9 judged nothing" in told.stdout
    assert "policies: checkov says: ModuleNotFoundError: No module named 'no_such_module'" in told.stdout
    assert "policies: CKV_JOBS_3 was not loaded" in told.stdout
    assert "Not proven: the policy broke on this plan (AttributeError: 'Plan' object has no" in told.stdout
    _says_the_same(json.loads((tmp_path / "found.json").read_text()), told.stdout)


def _says_the_same(found: dict[str, Any], printed: str) -> None:
    """The findings as JSON, and those that people read."""
    lines = [
        f"{each['check_id']}  {each['where']}: {each['sentence']}. {each['to_do']}"
        for each in found["findings"]
    ]
    lines += [f"policies: {problem}" for problem in found["problems"]]
    assert lines
    assert printed.startswith("\n".join(lines) + "\n")
    assert printed.endswith(f"\n{len(lines)} findings\n")


def test_without_checkov_the_way_to_it_is_told(copy_of_policies: Path, tmp_path: Path) -> None:
    shutil.copytree(copy_of_policies / "policies", tmp_path / "policies")
    (tmp_path / "plan.json").write_text(GOOD_PLAN)

    told = run_policies("--plan", tmp_path / "plan.json", command=tmp_path)

    assert (told.returncode, told.stderr) == (2, "policies: checkov is not installed; run: make policies\n")


def test_make_runs_the_command_for_all_roots_or_for_one() -> None:
    def shown(*arguments: str) -> str:
        # These tests may run below a make of their own, which would hand its options and its depth on.
        env = {
            key: value for key, value in os.environ.items() if key not in {"ENV", "MAKEFLAGS", "MAKELEVEL"}
        }
        return subprocess.run(
            ["make", "--dry-run", "policies", *arguments],
            cwd=REPOSITORY,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert re.search(r"policies/run\.py\s*$", shown())
    assert shown("ENV=prod").rstrip().endswith('policies/run.py --env "prod"')


def test_every_policy_is_in_the_readme_by_its_sentence() -> None:
    files = [
        *(REPOSITORY / "policies/checks").rglob("*.py"),
        *(REPOSITORY / "policies/checks").rglob("*.yaml"),
    ]
    texts = [text for file in files if "_JOBS_" in (text := file.read_text())]
    sentences = {
        policy: sentence
        for text in texts
        for policy, sentence in re.findall(
            r'^ +id(?: = "|: )(CKV2?_JOBS_\d+)"?\n +(?:sentence = "|name: )([^"\n]+)', text, re.MULTILINE
        )
    }

    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| .{20,} \|$", (REPOSITORY / "policies/README.md").read_text(), re.M
    )

    assert set(sentences) == our_ids("plan") | our_ids("workflows")
    assert dict(rows) == sentences


def test_checkov_sees_that_a_value_comes_later(prod: dict[str, Any]) -> None:
    """Else its checks for encryption would fail on every first plan."""
    filled = json.loads(with_placeholders(prod))
    cluster = _values(filled, "module.stack.module.cluster.aws_ecs_cluster.this")
    bucket = _values(filled, "module.stack.module.job_store.aws_s3_bucket.results")

    assert cluster["configuration"][0]["execute_command_configuration"][0]["kms_key_id"] == PLACEHOLDER
    # Nobody sets it, so there is nothing that could come later.
    assert "logging" not in bucket
    assert _values(prod, "module.stack.module.cluster.aws_ecs_cluster.this") != cluster


def _values(plan: dict[str, Any], address: str) -> dict[str, Any]:
    modules = [plan["planned_values"]["root_module"]]
    for module in modules:
        modules += module.get("child_modules", [])
    (found,) = [
        item for module in modules for item in module.get("resources", []) if item["address"] == address
    ]
    values: dict[str, Any] = found["values"]
    return values


def test_a_checkov_that_does_not_end_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(scanning, "CHECKOV_PYTHON", slow)
    monkeypatch.setattr(scanning, "_TIMEOUT_SECONDS", 0.1)

    with pytest.raises(BadInput, match=r"^checkov has not ended within 0\.1 s; run it again alone$"):
        scanning.scan_code(tmp_path)
