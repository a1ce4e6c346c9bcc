"""The pollers: long polls, more of them while receives come back full, one when idle."""

import logging
import threading
import time
from collections.abc import Callable

from botocore.exceptions import ClientError

from queue_worker.in_flight import InFlight
from queue_worker.message import Message
from queue_worker.metrics import QUEUE_WAIT_MS, RECEIVED, Metrics
from queue_worker.retry import backoff_seconds
from queue_worker.settings import WorkerSettings
from queue_worker.sqs import MISSING_QUEUE_CODES, Sqs

logger = logging.getLogger(__name__)
# How long a receive waits for ten free places, when fewer are free: full receives cost fewer calls.
RESERVE_LINGER_SECONDS = 0.25
RESERVE_TIMEOUT_SECONDS = 0.5
ERROR_BASE_SECONDS = 0.5
ERROR_CAP_SECONDS = 10.0


class Pollers:
    """Threads that receive and pass messages on. They never die of an error of AWS or the network."""

    def __init__(
        self,
        *,
        sqs: Sqs,
        in_flight: InFlight,
        metrics: Metrics,
        settings: WorkerSettings,
        submit: Callable[[Message], None],
        hand_back: Callable[[list[Message]], None],
        may_receive: Callable[[], bool],
        stopping: threading.Event,
    ) -> None:
        self._sqs = sqs
        self._in_flight = in_flight
        self._metrics = metrics
        self._settings = settings
        self._submit = submit
        self._hand_back = hand_back
        self._may_receive = may_receive
        self._stopping = stopping
        self._changed = threading.Condition()
        self._wanted = 1
        self._threads: list[threading.Thread] = []
        self.connected = threading.Event()  # set by the first receive that SQS answered
        self.missing_queue = ""  # the sentence when the queue does not exist at the start

    def start(self) -> None:
        """Starts the first poller."""
        with self._changed:
            self._start_thread()

    def stop(self) -> None:
        """Wakes the pollers that wait; `stopping` must be set."""
        with self._changed:
            self._changed.notify_all()

    def join(self, deadline: float) -> bool:
        """Waits for the long polls that are out, until time.monotonic() reaches the deadline."""
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def any_alive(self) -> bool:
        """True while a poller still works or waits for the answer of its long poll."""
        return any(thread.is_alive() for thread in self._threads)

    def is_alive(self) -> bool:
        """False when a poller has died before it was asked to."""
        return self._stopping.is_set() or all(thread.is_alive() for thread in self._threads)

    def _start_thread(self) -> None:
        number = len(self._threads)
        thread = threading.Thread(target=self._run, args=(number,), name=f"poller-{number}", daemon=True)
        thread.start()
        self._threads.append(thread)  # only now: a thread that has not started counts as dead

    def _run(self, number: int) -> None:
        failures = 0
        while self._wait_until_wanted(number):
            if not self._may_receive():
                self._stopping.wait(0.2)
                continue
            places = self._in_flight.reserve(
                linger_seconds=RESERVE_LINGER_SECONDS, timeout_seconds=RESERVE_TIMEOUT_SECONDS
            )
            if places == 0:
                continue
            if self._stopping.is_set():
                self._in_flight.fill(places, [])
                break
            messages: list[Message] = []
            try:
                messages = self._receive(places)
                failures = 0
            except Exception as error:  # also what botocore does not foresee: an answer that is no text
                failures += 1
                self._note_failure(error, failures)
            finally:
                self._in_flight.fill(places, messages)
            self._pass_on(messages)
            if failures == 0:
                self._scale(len(messages), places)

    def _wait_until_wanted(self, number: int) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping.is_set() or number < self._wanted)
        return not self._stopping.is_set()

    def _receive(self, places: int) -> list[Message]:
        """One receive; the very first does not wait, so that the worker soon knows that it is connected."""
        messages = self._sqs.receive(
            self._settings.queue_url,
            most=places,
            wait_time_seconds=self._settings.wait_time_seconds if self.connected.is_set() else 0,
            visibility_timeout_seconds=self._settings.visibility_timeout_seconds,
            draining=self._stopping.is_set,
        )
        self.connected.set()
        return messages

    def _pass_on(self, messages: list[Message]) -> None:
        if not messages:
            return
        now_ms = time.time() * 1000
        self._metrics.count(RECEIVED, len(messages))
        for message in messages:
            self._metrics.observe(QUEUE_WAIT_MS, max(0.0, now_ms - message.sent_at_ms))
        if self._stopping.is_set():
            self._hand_back(messages)
            return
        for message in messages:
            self._submit(message)

    def _scale(self, received: int, asked: int) -> None:
        with self._changed:
            if received == asked and self._wanted < self._settings.max_pollers:
                self._wanted += 1
                if len(self._threads) < self._wanted and not self._stopping.is_set():
                    self._start_thread()
                self._changed.notify_all()
            elif received == 0:
                self._wanted = 1

    def _note_failure(self, error: Exception, failures: int) -> None:
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
        if code in MISSING_QUEUE_CODES and not self.connected.is_set():
            self.missing_queue = (
                f"QUEUE_URL is {self._settings.queue_url!r}; no such queue exists in this account and region."
            )
            self._stopping.set()
        logger.warning("receive failed", extra={"error": str(error), "failures": failures})
        self._stopping.wait(
            backoff_seconds(failures, base_seconds=ERROR_BASE_SECONDS, cap_seconds=ERROR_CAP_SECONDS)
        )
