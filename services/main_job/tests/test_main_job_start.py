"""Start of the process: what is missing is said in one sentence."""

import os
import subprocess
import sys

import pytest

ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "QUEUE_URL": "http://127.0.0.1:1/111122223333/triggers",
    "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/111122223333/triggers-dlq",
    "NEXT_QUEUE_URL": "http://127.0.0.1:1/111122223333/jobs",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [*((name, "") for name in ENVIRONMENT), ("QUEUE_URL", "jobs"), ("HEARTBEAT_SECONDS", "29")],
)
def test_a_missing_or_wrong_setting_ends_the_start_with_one_sentence(name: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "main_job"],
        env={**os.environ, **ENVIRONMENT, name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"main_job cannot start: {name} is ")
    assert len(ended.stderr.strip().splitlines()) == 1
    assert ended.stdout == ""
