"""Ctrl-C in the lab: it ends the work wherever that is, and no cleanup is broken off by it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deployment.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[None]:
    """The first signal ends the block and raises Interrupted; the next ones change nothing.

    What must not be torn stands in `signals_held()` (deployment.interruption).
    """
    stopping = False

    def receive(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            raise Interrupted(number)

    previous = {number: signal.signal(number, receive) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
