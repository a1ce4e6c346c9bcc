"""Who may run beside whom: most jobs together, a suspect alone.

A job that kills its process takes an attempt from every job that runs beside it. Those that lost attempts are
suspects and run alone, so that only the culprit uses up its attempts.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from queue_worker import Unavailable

_LOOK_SECONDS = 0.5  # how often who waits looks whether the process is stopping


class Company:
    """A lock with two sides. Who wants to be alone waits for the others to end, and nobody starts meanwhile.

    Waiting costs no attempt: nothing is claimed yet, and the heartbeat keeps the message. Both sides raise
    Unavailable when `draining()` comes true first: the message is then handed back.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._alone = False
        self._waiting_to_be_alone = 0

    @contextmanager
    def together(self, draining: Callable[[], bool]) -> Iterator[None]:
        """For a job that others may run beside."""
        with self._changed:
            self._wait(lambda: not self._alone and not self._waiting_to_be_alone, draining)
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self, draining: Callable[[], bool]) -> Iterator[None]:
        """For a job that nothing may run beside."""
        with self._changed:
            self._waiting_to_be_alone += 1
            try:
                self._wait(lambda: not self._alone and not self._together, draining)
                self._alone = True
            finally:
                self._waiting_to_be_alone -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()

    def _wait(self, ready: Callable[[], bool], draining: Callable[[], bool]) -> None:
        while not ready():
            if draining():
                raise Unavailable("The worker stops before the job could start.")
            self._changed.wait(_LOOK_SECONDS)
