"""`make example NAME=http_intake`: the printed commands, the object, the roles, and the whole drained."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from deployment.variables import process_environment, read_env_file

# Terraform makes 130 things, of which a load balancer takes a minute.
TIMEOUT_SECONDS = 600
REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http intake") / "stack"


@pytest.fixture(scope="module")
def printed(folder: Path) -> Iterator[str]:
    """What the command has printed; the stack, which enforces IAM, runs on."""
    try:
        up = jobctl("example", "--enforce-iam", "--state-dir", str(folder), "http_intake")
        assert up.returncode == 0, up.stdout + up.stderr
        yield up.stdout
    finally:
        down = jobctl("down", "--state-dir", str(folder))
        assert down.returncode == 0, down.stderr


def jobctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jobctl", *arguments],
        cwd=REPOSITORY,
        env=process_environment(os.environ, None),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def test_it_has_stored_a_first_submission_and_shows_its_object(printed: str) -> None:
    first = next(json.loads(line) for line in printed.splitlines() if line.startswith("{"))

    assert first["data"] == {"email_timestream": "2025-06-09T10:30:45.123Z"}
    assert f"/{first['jobId']}/1:" in printed


def test_the_printed_curl_works_and_its_object_is_in_the_bucket(printed: str, folder: Path) -> None:
    curl = next(line for line in printed.splitlines() if line.startswith("curl "))
    answer = subprocess.run(
        shlex.split(curl), capture_output=True, text=True, timeout=60, check=True, cwd=REPOSITORY
    )

    assert answer.stdout.endswith('{"message":"Payload accepted and queued."}')
    found = re.search(r"(?im)^job-id: (\w+)", answer.stdout)
    bucket = re.search(r"s3://([\w-]+)/", printed)
    assert found is not None
    assert bucket is not None
    s3 = boto3.client(
        "s3",
        endpoint_url=read_env_file(folder.with_name("stack.env"))["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    s3.get_waiter("object_exists").wait(
        Bucket=bucket[1], Key=f"{found[1]}/1", WaiterConfig={"Delay": 1, "MaxAttempts": 90}
    )
    stored = json.loads(s3.get_object(Bucket=bucket[1], Key=f"{found[1]}/1")["Body"].read())
    assert stored["timestamp"] == "2025-06-09T10:30:45.123Z"


def test_within_its_role_it_is_ready(printed: str) -> None:
    address = re.search(r"(http://127\.0\.0\.1:\d+)/submit", printed)
    assert address is not None
    ready = subprocess.run(
        ["curl", "--silent", f"{address[1]}/ready"], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(ready.stdout) == {"status": "ready"}
