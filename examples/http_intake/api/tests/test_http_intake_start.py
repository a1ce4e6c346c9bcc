"""Start of the process: what is missing or wrong is said in one sentence."""

import os
import subprocess
import sys

import pytest

ENVIRONMENT = {"AWS_REGION": "us-east-1", "NEXT_QUEUE_URL": "http://127.0.0.1:1/111122223333/triggers"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in ENVIRONMENT),
        ("NEXT_QUEUE_URL", "triggers"),
        ("PORT", "http"),
        ("MAX_BODY_BYTES", "10"),
        ("MAX_IN_FLIGHT", "0"),
        ("AUTH_MAX_AGE_SECONDS", "nan"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_missing_or_wrong_setting_ends_the_start_with_one_sentence(name: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "http_intake"],
        env={**os.environ, **ENVIRONMENT, name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"http_intake cannot start: {name} is ")
    assert len(ended.stderr.strip().splitlines()) == 1
    assert ended.stdout == ""
