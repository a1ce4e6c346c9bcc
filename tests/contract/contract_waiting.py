"""Waiting for a condition: never longer than needed, never without an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# A bound for what has gone wrong, never a measure: a machine that runs four tests at once may stall for long.
GENEROUS_SECONDS = 240.0


def wait_until(
    condition: Callable[[], T], what: str, *, seconds: float = GENEROUS_SECONDS, every: float = 0.1
) -> T:
    """The first true answer of `condition`; fails with `what` and the last answer after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"Not within {seconds:g} s: {what} (last answer: {answer!r})")
        time.sleep(every)


def stays(condition: Callable[[], bool], what: str, *, seconds: float, every: float = 0.1) -> None:
    """Fails with `what` when `condition` turns false within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"No longer true: {what}"
        time.sleep(every)
