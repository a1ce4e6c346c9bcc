"""Signals at any point: the first one stops the work, the next ones make the stopping hurry."""

import signal
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
