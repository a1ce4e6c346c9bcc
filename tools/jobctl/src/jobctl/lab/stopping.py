"""Ctrl-C in the lab: it ends the work wherever that is, and no cleanup is broken off by it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deployment.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stop(BaseException):
    """Not an Exception: boto3 takes those for a lost connection and tries again, and the signal were gone."""


@contextmanager
def stoppable() -> Iterator[None]:
    """The first signal ends the block and raises Interrupted; the next ones change nothing.

    What must not be torn stands in `signals_held()` (deployment.interruption).
    """
    came: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise _Stop

    previous = {number: signal.signal(number, receive) for number in _SIGNALS}
    try:
        yield
    except _Stop:
        raise Interrupted(came[0]) from None
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
