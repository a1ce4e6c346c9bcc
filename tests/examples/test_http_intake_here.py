"""`make example NAME=http_intake`: the printed commands, the object, the roles, and the whole drained."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from deployment.variables import read_env_file
from local_example import REPOSITORY, brought_up

pytestmark = [pytest.mark.slow, pytest.mark.waits, pytest.mark.timeout(1700)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http intake") / "stack"


@pytest.fixture(scope="module")
def printed(folder: Path) -> Iterator[str]:
    """What the command has printed; the stack, which enforces IAM, runs on."""
    with brought_up("http_intake", folder) as said:
        yield said


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
