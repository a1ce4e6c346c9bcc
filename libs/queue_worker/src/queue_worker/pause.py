"""Pauses polling while something that handlers need is away.

What was received is held, not handed back: a receive is not burnt on a ledger that is away for a minute. One
held message at a time is the probe; when its handler answers, all the others follow and polling resumes.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from queue_worker.message import Message
from queue_worker.retry import backoff_seconds

logger = logging.getLogger(__name__)
PROBE_BASE_SECONDS = 1.0
PROBE_CAP_SECONDS = 20.0


class Pause:
    """Holds parked messages and decides when one is asked again. Safe among threads."""

    def __init__(
        self, resume: Callable[[Message], None], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._resume = resume
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._parked: deque[Message] = deque()
        self._probe: Message | None = None
        self._probes = 0
        self._probe_at = 0.0

    @property
    def active(self) -> bool:
        """True while polling must wait."""
        return bool(self._parked) or self._probe is not None

    def park(self, message: Message, reason: str) -> None:
        """Holds a message whose handler found something away."""
        with self._lock:
            if not self.active:
                self._probes = 0
                logger.warning("polling paused", extra={"reason": reason})
            if message is self._probe or self._probes == 0:
                self._probe = None
                self._probes += 1
                delay = backoff_seconds(
                    self._probes, base_seconds=PROBE_BASE_SECONDS, cap_seconds=PROBE_CAP_SECONDS
                )
                self._probe_at = self._monotonic() + delay
            self._parked.append(message)

    def answered(self, message: Message) -> None:
        """A handler came to an outcome; when it was the probe, all parked messages go on."""
        with self._lock:
            if message is not self._probe:
                return
            self._probe = None
            self._probes = 0
            waiting = list(self._parked)
            self._parked.clear()
            logger.info("polling resumed", extra={"held": len(waiting) + 1})
        for parked in waiting:
            self._resume(parked)

    def tick(self) -> None:
        """Sends the next probe when its time has come."""
        with self._lock:
            if self._probe is not None or not self._parked or self._monotonic() < self._probe_at:
                return
            self._probe = self._parked.popleft()
            probe = self._probe
        self._resume(probe)

    def take_all(self) -> list[Message]:
        """The parked messages, which the caller now owns (to hand them back)."""
        with self._lock:
            waiting = list(self._parked)
            self._parked.clear()
            return waiting
