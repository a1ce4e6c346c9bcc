"""Settles outcomes with SQS, in batches: send on, dead-letter, delete, make visible.

The order is the contract: what is sent on is sent before its message is deleted, so a crash in between
repeats the sending and never loses it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from queue_worker.batches import MAX_BATCH_ENTRIES
from queue_worker.handlers import Outcome
from queue_worker.in_flight import InFlight
from queue_worker.message import Message
from queue_worker.settle import Batch

logger = logging.getLogger(__name__)
# How long an outcome waits for company: ten outcomes cost one call. At 20 jobs a second batches are full.
# Far below any visibility timeout; an idle worker does not wait.
LINGER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Pending:
    message: Message
    outcome: Outcome
    since: float


class Acknowledger:
    """Collects outcomes into batches of ten and settles each batch in one of a few threads."""

    def __init__(
        self, name: str, settle: Callable[[Batch], None], in_flight: InFlight, *, threads: int
    ) -> None:
        self._settle_batch = settle
        self._in_flight = in_flight
        self._pending: deque[_Pending] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, message: Message, outcome: Outcome) -> None:
        """Takes one outcome; returns at once."""
        with self._changed:
            self._pending.append(_Pending(message, outcome, time.monotonic()))
            # The first one needs somebody who waits for its company; those between have nothing to wake for.
            if len(self._pending) == 1 or self._is_ready():
                self._changed.notify()

    def close(self) -> None:
        """Settles what is left, then ends the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def is_alive(self) -> bool:
        """False when a thread has died."""
        return all(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while batch := self._take():
            self._settle(batch)

    def _settle(self, batch: list[_Pending]) -> None:
        """Settles; a defect ends neither the thread nor the other messages' luck."""
        try:
            self._settle_batch([(item.message, item.outcome) for item in batch])
        except Exception:
            if len(batch) > 1:
                for item in batch:
                    if self._in_flight.holds(item.message):
                        self._settle([item])
                return
            # It comes back when its visibility ends.
            logger.exception("not settled", extra={"messageId": batch[0].message.message_id})
            self._in_flight.remove(batch[0].message)

    def _take(self) -> list[_Pending]:
        """The next batch; empty when closed and nothing is left."""
        with self._changed:
            while not self._is_ready():
                if self._closed and not self._pending:
                    return []
                self._changed.wait(self._rest_of_linger() if self._pending else None)
            most = min(MAX_BATCH_ENTRIES, len(self._pending))
            return [self._pending.popleft() for _ in range(most)]

    def _is_ready(self) -> bool:
        if not self._pending:
            return False
        return (
            self._closed
            or len(self._pending) >= MAX_BATCH_ENTRIES
            or self._in_flight.working <= 0
            or self._rest_of_linger() <= 0
        )

    def _rest_of_linger(self) -> float:
        """How long (s) the oldest outcome still waits for company."""
        return self._pending[0].since + LINGER_SECONDS - time.monotonic()
