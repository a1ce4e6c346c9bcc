"""How long to try again."""

import threading
import time
from collections.abc import Callable


class Patience:
    """How long a settling step may be repeated: without end while running, until the deadline in a drain."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._deadline: float | None = None
        self._wake = threading.Event()

    def end_by(self, deadline: float) -> None:
        """Sets the deadline (time.monotonic()) and cuts short the waits of this moment."""
        self._deadline = deadline
        self._wake.set()

    @property
    def is_bounded(self) -> bool:
        """Whether there is a deadline: a drain has begun."""
        return self._deadline is not None

    def wait(self, seconds: float) -> bool:
        """Waits; False when there is no more time to try again."""
        if self._deadline is None:
            self._wake.wait(seconds)
        else:
            time.sleep(max(0.0, min(seconds, 0.5, self._deadline - self._monotonic())))
        return self._deadline is None or self._monotonic() < self._deadline
