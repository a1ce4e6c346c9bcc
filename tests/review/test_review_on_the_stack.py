"""Plans of an environment that runs: what people read of a change, of drift, and of one left alone."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clone_parts import REPOSITORY
from deployment.product import product
from deployment.target import local_target
from review_clone import DIGESTS, NOT_BUILT, STEP_SECONDS, TAGS, TREE
from test_summary_of_roots import assert_golden

pytestmark = pytest.mark.stack
CHANGED = {
    "TF_VAR_log_retention_days": "30",
    "TF_VAR_alert_email": "ops@example.com",
    "TF_VAR_min_tasks": "1",
    "TF_VAR_existing_network": json.dumps(
        {"vpc_id": "vpc-0abc", "subnet_ids": ["subnet-0abc"], "assign_public_ip": True}
    ),
}
# What AWS draws: ids of networks, rules, keys, and revisions of task definitions.
DRAWN = {
    r"\b((?:vpce?|subnet|sgr?|igw|rtb|rtbassoc)-)[0-9a-f]{8,}\b": r"\1drawn",
    r"\br-rtb-\w+": "r-rtb-drawn",
    r"key/[0-9a-f-]{36}": "key/drawn",
    r"(task-definition/[\w-]+:)\d+": r"\1N",
}


def pipeline(stack: Any, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=REPOSITORY,
        env=stack.env | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One image is built, one is not."""
    digests = {**NOT_BUILT, "main_job": DIGESTS["main_job"]}
    images = {service: {"tag": tag, "digest": digests[service]} for service, tag in TAGS.items()}
    file = tmp_path_factory.mktemp("release") / "release.json"
    file.write_text(json.dumps({"format": 1, "commit": "c" * 40, "tree": TREE, "images": images}))
    return file


@pytest.fixture
def changed_by_hand(stack: Any) -> Iterator[str]:
    """Somebody set another threshold; the alarm's name."""
    client = local_target(stack.endpoint).client("cloudwatch")
    found = client.describe_alarms(AlarmNamePrefix=f"{product().project_name}-dev-background-jobs-depth")
    alarm = found["MetricAlarms"][0]
    unsaid = {"AlarmArn", "AlarmConfigurationUpdatedTimestamp"}
    kept = {key: value for key, value in alarm.items() if key not in unsaid and not key.startswith("State")}
    client.put_metric_alarm(**kept | {"Threshold": 999.0})
    yield str(alarm["AlarmName"])
    client.put_metric_alarm(**kept)


def drawn(text: str) -> str:
    for pattern, name in DRAWN.items():
        text = re.sub(pattern, name, text)
    return text


def test_a_change_reads_as_in_the_golden_file(stack: Any, release: Path, tmp_path: Path) -> None:
    done = pipeline(stack, "plan", "dev", "--out", tmp_path, "--release", release, **CHANGED)

    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "dev: 15 to destroy, 4 to replace, 8 to change, 1 to create, 2 new task definitions; 2 new images\n"
    )
    assert_golden("change-of-dev.md", drawn((tmp_path / "comment.md").read_text()))


def test_drift_reads_as_in_the_golden_file(stack: Any, changed_by_hand: str, tmp_path: Path) -> None:
    clean_but_for = pipeline(stack, "drift", "dev", "--out", tmp_path)

    assert clean_but_for.returncode == 4, clean_but_for.stderr
    assert clean_but_for.stdout == "dev: 1 changed outside Terraform\n"
    assert "`threshold`: `50` → `999`" in (tmp_path / "summary.md").read_text()
    assert_golden("drift-of-dev.md", drawn((tmp_path / "summary.md").read_text()))

    undeployed = pipeline(stack, "drift", "dev", "--out", tmp_path, TF_VAR_log_retention_days="30")

    assert (undeployed.returncode, undeployed.stdout) == (
        4,
        "dev: 1 changed outside Terraform, 4 not as main says\n",
    )


def test_what_is_as_main_says_is_no_drift(stack: Any, tmp_path: Path) -> None:
    for root, verdict in (("dev", "everything is as main says"), ("prod", "nothing is deployed yet")):
        done = pipeline(stack, "drift", root, "--out", tmp_path)

        assert (done.returncode, done.stdout) == (0, f"{root}: {verdict}\n"), done.stderr
        assert (tmp_path / "summary.md").read_text() == f"## {root}: {verdict}\n"


def test_a_state_that_is_gone_is_no_root_that_was_never_deployed(stack: Any, tmp_path: Path) -> None:
    s3 = local_target(stack.endpoint).client("s3")
    bucket = next(each["Name"] for each in s3.list_buckets()["Buckets"] if "-state-" in each["Name"])
    s3.put_object(Bucket=bucket, Key="staging/release.json", Body=b"{}")
    try:
        done = pipeline(stack, "drift", "staging", "--out", tmp_path)
    finally:
        s3.delete_object(Bucket=bucket, Key="staging/release.json")

    assert done.returncode == 1
    assert "staging was deployed, and its state s3://" in done.stderr
    assert "docs/disaster.md" in done.stderr
