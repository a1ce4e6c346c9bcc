"""The file by which a worker shows that it lives.

It appears with the first answer from SQS and is touched while every thread lives. An outage of AWS does not
make a worker unhealthy: a new one could not do better.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

BEAT_SECONDS = 5.0
MAX_AGE_SECONDS = 30.0


def health_file(env: Mapping[str, str]) -> Path:
    """HEALTH_FILE, or a file in the temporary directory."""
    return Path(env.get("HEALTH_FILE") or Path(tempfile.gettempdir()) / "queue-worker.health")


def beat(path: Path) -> None:
    """Touches the file."""
    path.touch()


def problem(path: Path) -> str:
    """One sentence about why the worker is not healthy; empty when it is."""
    try:
        age_seconds = time.time() - path.stat().st_mtime
    except OSError as error:
        return f"No sign of life in {path}: {error.strerror}."
    if age_seconds > MAX_AGE_SECONDS:
        return f"The last sign of life in {path} is {age_seconds:.0f} s old, more than {MAX_AGE_SECONDS:.0f}."
    return ""
