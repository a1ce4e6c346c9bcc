"""Runs the command as `make policies` does."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 280


def run_policies(*arguments: str | Path, command: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """`python policies/run.py ARGUMENTS`, of this repository or of a copy."""
    return subprocess.run(
        [sys.executable, str(command / "policies/run.py"), *map(str, arguments)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
