"""The threads that run the handler, and what its answer means."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from queue_worker.errors import LeaseLost, Retry, Signal, Unavailable
from queue_worker.in_flight import InFlight
from queue_worker.message import Message, Outgoing
from queue_worker.metrics import HANDLER_MS, Metrics
from queue_worker.pause import Pause

logger = logging.getLogger(__name__)
Handler = Callable[[Message], Outgoing | None]
MAX_REASON_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned; `outgoing` is to be sent on before the message is deleted."""

    outgoing: Outgoing | None = None


Outcome = Done | Signal


class Handlers:
    """A fixed number of threads; each takes a message, runs the handler, and passes the outcome on."""

    def __init__(
        self,
        handler: Handler,
        settle: Callable[[Message, Outcome], None],
        in_flight: InFlight,
        metrics: Metrics,
        *,
        concurrency: int,
    ) -> None:
        self._handler = handler
        self._settle = settle
        self._in_flight = in_flight
        self._metrics = metrics
        self._ready: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.pause = Pause(self._resume)
        self._threads = [
            threading.Thread(target=self._run, name=f"handler-{number}", daemon=True)
            for number in range(concurrency)
        ]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, message: Message) -> None:
        """Queues a message for the next free thread."""
        self._ready.put(message)

    def take_waiting(self) -> list[Message]:
        """The messages that no thread has begun, which the caller now owns (to hand them back)."""
        waiting = self.pause.take_all()
        for _ in waiting:
            self._in_flight.note_resumed()
        while True:
            try:
                message = self._ready.get_nowait()
            except queue.Empty:
                return waiting
            if message is not None:
                waiting.append(message)

    def close(self) -> None:
        """Ends the threads once they are free."""
        for _ in self._threads:
            self._ready.put(None)

    def is_alive(self) -> bool:
        """False when a thread has died."""
        return all(thread.is_alive() for thread in self._threads)

    def _resume(self, message: Message) -> None:
        self._in_flight.note_resumed()
        self.submit(message)

    def _run(self) -> None:
        while (message := self._ready.get()) is not None:
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if message.hidden_for_seconds <= 0:
            # This process was paused: SQS may have handed the message to somebody else by now.
            logger.warning("message lapsed before its handler", extra={"messageId": message.message_id})
            self._in_flight.note_outcome()
            self._in_flight.remove(message)
            self.pause.answered(message)
            return
        message.started_at = time.monotonic()
        outcome = self._outcome(message)
        self._metrics.observe(HANDLER_MS, (time.monotonic() - message.started_at) * 1000)
        message.started_at = message.must_end_at = None
        self._in_flight.note_outcome()
        if isinstance(outcome, Unavailable) and not message.draining:
            self.pause.park(message, outcome.reason)
            return
        self.pause.answered(message)
        if message.settle():
            self._settle(message, outcome)

    def _outcome(self, message: Message) -> Outcome:
        try:
            answer = self._handler(message)
            outcome: Outcome = Done(answer)
            if not (answer is None or isinstance(answer, Outgoing)):
                outcome = Retry(f"The handler returned {type(answer).__name__}, not Outgoing or None.")
        except Signal as said:
            outcome = said
        except BaseException as error:  # sys.exit() in a handler must not end this thread
            logger.warning("handler failed", extra={"messageId": message.message_id}, exc_info=True)
            outcome = Retry(f"{type(error).__name__}: {error}"[:MAX_REASON_CHARS])
        if message.lease_lost:
            return LeaseLost(f"Another worker took over; discarded: {outcome!r:.200}")
        return outcome
