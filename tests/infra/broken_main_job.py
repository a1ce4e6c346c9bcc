"""`python -m broken_main_job`: the real main_job, where triggers `bug` meet one and `slow` ones take long."""

import sys
import time
from typing import Any

from main_job import adapter
from main_job.__main__ import main

handle = adapter.handle  # type: ignore[attr-defined]  # what the adapter calls, not what it offers


def broken_handle(trigger: Any, **message: Any) -> Any:
    """What nobody foresaw."""
    if trigger.trigger == "bug":
        raise ZeroDivisionError
    if trigger.trigger == "slow":
        time.sleep(2)
    return handle(trigger, **message)


if __name__ == "__main__":
    adapter.handle = broken_handle  # type: ignore[attr-defined]
    sys.exit(main())
