"""Sends triggers when they are due. A few threads, so that a slow answer does not delay what is due next."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.load.schedule import DueBatch
from jobctl.triggers import Sent, TriggerWish, numbered_entry, send_batch

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Each has one call out at a time: at 20 ms a call these send 4,000 triggers a second.
THREADS = 8


@dataclass(frozen=True)
class Dispatch:
    """When a trigger was due, and when its call began; ms since 1970 by this machine's clock."""

    due_ms: int
    sent_ms: int


class Sender:
    """Open loop: each batch goes out at its own time, however far the system is.

    When all threads wait for answers, what is due meanwhile goes out late. That shows as `sent_ms - due_ms`.
    """

    def __init__(
        self, sqs: "SQSClient", queue_url: str, wish: TriggerWish, batches: Sequence[DueBatch]
    ) -> None:
        self._sqs, self._queue_url, self._wish = sqs, queue_url, wish
        self._waiting = iter(batches)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._sent = Sent()
        self._dispatches: dict[str, Dispatch] = {}
        self._new_ids: list[str] = []
        self.error: Exception | None = None
        self.started_ms = 0
        self._started = 0.0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]

    def start(self) -> None:
        """The schedule's zero is now."""
        self.started_ms = time.time_ns() // 1_000_000
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No further batch goes out; those on their way are finished."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """Waits for what is on its way; whether all of it has ended by then."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not self.is_sending

    @property
    def is_sending(self) -> bool:
        """Whether anything is still to be sent, or on its way."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def sent(self) -> Sent:
        """The counts so far, a copy."""
        with self._lock:
            copy = Sent()
            copy.add(self._sent)
        return copy

    @property
    def dispatches(self) -> dict[str, Dispatch]:
        """Job id → when, of every trigger that was tried; a copy."""
        with self._lock:
            return dict(self._dispatches)

    def take_new_ids(self) -> list[str]:
        """The job ids of what was sent since the last call."""
        with self._lock:
            new, self._new_ids = self._new_ids, []
        return new

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                batch = next(self._waiting, None)
            if batch is None:
                return
            if self._stop.wait(max(0.0, self._started + batch.due_seconds - time.monotonic())):
                return
            try:
                self._send(batch)
            except Exception as error:
                # The very first call failed: nothing is going to get through. Whoever watches raises it.
                self.error = error
                self._stop.set()

    def _send(self, batch: DueBatch) -> None:
        entries = [numbered_entry(self._wish, batch.first + number) for number in range(batch.count)]
        due_ms = self.started_ms + round(batch.due_seconds * 1000)
        when = Dispatch(due_ms, max(due_ms, time.time_ns() // 1_000_000))
        with self._lock:
            self._dispatches |= {entry.job_id: when for entry in entries}
            nothing_yet = not self._sent.message_ids and not self._sent.failures
        counts = Sent()
        send_batch(self._sqs, self._queue_url, entries, counts, may_raise=nothing_yet)
        with self._lock:
            self._sent.add(counts)
            self._new_ids += counts.message_ids
