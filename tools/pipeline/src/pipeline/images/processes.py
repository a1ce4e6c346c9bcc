"""The engines' processes."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deployment.errors import ToolError

_PROBE_TIMEOUT_SECONDS = 30


def succeeds(command: Sequence[str]) -> bool:
    """Whether it exits 0, soon and silently."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PROBE_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run(command: Sequence[str], folder: Path) -> None:
    """Runs it where a person can watch: all it says goes to stderr. Raises ToolError when it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), check=False
        )
    except OSError as error:
        raise ToolError(f"{command[0]} cannot be started: {error.strerror}.") from None
    if done.returncode:
        raise ToolError(
            f"`{' '.join(command[:2])}` failed with exit code {done.returncode}; what it said is above."
        )
