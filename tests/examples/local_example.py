"""An example on this machine, by the command that a person gives."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployment.variables import process_environment

REPOSITORY = Path(__file__).resolve().parents[2]
# Terraform makes some two hundred things, and the provider watches a database for minutes.
TIMEOUT_SECONDS = 800


@contextmanager
def brought_up(name: str, folder: Path) -> Iterator[str]:
    """What `jobctl example` has printed; the example, where IAM is enforced, runs until the end."""
    try:
        up = _jobctl("example", "--enforce-iam", "--state-dir", str(folder), name)
        assert up.returncode == 0, up.stdout + up.stderr
        yield up.stdout
    finally:
        down = _jobctl("down", "--state-dir", str(folder))
        assert down.returncode == 0, down.stderr


def _jobctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jobctl", *arguments],
        cwd=REPOSITORY,
        env=process_environment(os.environ, None),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
