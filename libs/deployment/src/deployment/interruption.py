"""Signals at any point: the first one stops the work, the next ones make the stopping hurry."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from deployment.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Used as a context manager in the main thread around the whole work.

    The first signal raises Interrupted where the work is; inside `deferred()` it waits for the block's end.
    Once `begin_cleanup()` was called, a signal only sets `hurry`: nothing may break the cleanup off.
    """

    def __init__(self) -> None:
        self.hurry = False
        self._cleaning = False
        self._deferrals = 0
        self._pending: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "Interruption":
        self._previous = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def begin_cleanup(self) -> None:
        """From here on signals interrupt nothing."""
        self._cleaning = True

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """For a block that must not be torn: starting a process and writing down that it was started."""
        self._deferrals += 1
        try:
            yield
        finally:
            self._deferrals -= 1
        if self._pending is not None and not self._deferrals and not self._cleaning:
            self._cleaning = True
            raise Interrupted(self._pending)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._cleaning:
            self.hurry = True
        elif self._deferrals:
            self._pending = number
        else:
            self._cleaning = True
            raise Interrupted(number)


@contextmanager
def signals_held() -> Iterator[None]:
    """For the moment in which a process is started and nobody knows of it yet: a signal counts afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    previous = {
        number: signal.signal(number, lambda number, _frame: came.append(number)) for number in _SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
