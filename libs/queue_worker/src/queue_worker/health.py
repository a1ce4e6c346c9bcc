"""The container's health check: `python -m queue_worker.health` looks at the file that the worker touches.

The file appears with the first answer from SQS and is touched while every thread lives. An outage of AWS
does not make a worker unhealthy: a new one could not do better.
"""

import os
import sys
import time
from pathlib import Path

from queue_worker.settings import health_file

BEAT_SECONDS = 5.0
MAX_AGE_SECONDS = 30.0


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
        return (
            f"The last sign of life in {path} is {age_seconds:.0f} s old, more than {MAX_AGE_SECONDS:.0f} s."
        )
    return ""


def main() -> int:
    """0 when healthy, 1 otherwise."""
    if sentence := problem(health_file(os.environ)):
        print(sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
