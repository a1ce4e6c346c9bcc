"""Python runs this first in a process of the lab whose clock is moved: `time.time` goes by LAB_CLOCK_FILE.

The file holds the seconds to add; it is read at every call, so the clock can jump while the process runs. The
services take the time from `time.time` and `time.time_ns` alone; signatures and timeouts keep the real clock.
"""

import os
import time
from pathlib import Path

_FILE = os.environ.get("LAB_CLOCK_FILE")
_real_ns = time.time_ns


def _moved_ns() -> int:
    return _real_ns() + int(float(Path(str(_FILE)).read_text()) * 1e9)


def _moved() -> float:
    return _moved_ns() / 1e9


if _FILE:
    time.time_ns = _moved_ns
    time.time = _moved
