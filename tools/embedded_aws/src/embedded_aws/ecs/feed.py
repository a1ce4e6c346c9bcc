"""Tells the agent at once when something it acts on has changed."""

import threading
import time
import uuid


class ChangeFeed:
    """A version number that grows with every change, and a way to wait for the next one.

    `lock` guards everything in this package: ECS requests come one at a time, but the agent's requests
    arrive beside them.
    """

    def __init__(self) -> None:
        self.epoch = uuid.uuid4().hex  # a new one tells the agent that all state is new
        self.version = 0
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)

    def bump(self) -> None:
        """Announce a change."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait_beyond(self, version: int, timeout_seconds: float) -> None:
        """Return when the version differs from `version`, at the latest after the timeout."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while self.version == version:
                remaining_seconds = deadline - time.monotonic()
                if remaining_seconds <= 0:
                    return
                self._changed.wait(remaining_seconds)


FEED = ChangeFeed()
