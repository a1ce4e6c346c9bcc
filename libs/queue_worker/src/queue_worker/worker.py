"""The worker: receive -> handle -> acknowledge, and the loop that watches over it."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import boto3

from queue_worker.acknowledge import Acknowledger
from queue_worker.errors import Unavailable
from queue_worker.handlers import Handler, Handlers
from queue_worker.in_flight import InFlight
from queue_worker.message import Message
from queue_worker.metrics import Metrics
from queue_worker.patience import Patience
from queue_worker.poll import Pollers
from queue_worker.protection import Protection
from queue_worker.settings import WorkerSettings
from queue_worker.settle import Settler
from queue_worker.shutdown import drain
from queue_worker.sign_of_life import BEAT_SECONDS, beat
from queue_worker.sqs import Sqs
from queue_worker.visibility import Renewals, Visibility

__all__ = ["Handler", "Worker", "run"]
logger = logging.getLogger(__name__)
TICK_SECONDS = 0.2
MESSAGES_PER_ACKNOWLEDGER = 20
MAX_ACKNOWLEDGERS = 32
EXIT_OK = 0
EXIT_BROKEN = 1
EXIT_SETTINGS = 2


class Worker:
    """Composes the parts. `start`, then `tick` again and again, then `drain`; `run` does all of that."""

    def __init__(
        self, handler: Handler, settings: WorkerSettings, *, session: boto3.Session, metrics: Metrics
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.stopping = threading.Event()
        self.exit_code = EXIT_OK
        self.in_flight = InFlight(settings.max_in_flight)
        self.patience = Patience()
        self.renewals = Renewals()
        sqs = Sqs(
            session,
            wait_time_seconds=settings.wait_time_seconds,
            connections=max(settings.max_pollers, 10),
            fast_calls=settings.fast_calls,
        )
        self.visibility = Visibility(
            sqs,
            self.in_flight,
            self.renewals.request,
            queue_url=settings.queue_url,
            visibility_timeout_seconds=settings.visibility_timeout_seconds,
            heartbeat_seconds=settings.heartbeat_seconds,
        )
        settler = Settler(
            sqs=sqs,
            visibility=self.visibility,
            in_flight=self.in_flight,
            metrics=metrics,
            patience=self.patience,
            settings=settings,
        )
        self.dead_letters = Acknowledger("dead-letters", settler.dead_letter, self.in_flight, threads=1)
        self.acknowledger = Acknowledger(
            "acknowledger",
            lambda batch: settler.settle(batch, self.dead_letters.submit),
            self.in_flight,
            threads=max(1, min(MAX_ACKNOWLEDGERS, settings.max_in_flight // MESSAGES_PER_ACKNOWLEDGER)),
        )
        self.handlers = Handlers(
            handler,
            self.acknowledger.submit,
            self.in_flight,
            metrics,
            concurrency=settings.concurrency,
        )
        self.protection = Protection(
            agent_uri=settings.ecs_agent_uri,
            drain_timeout_seconds=settings.drain_timeout_seconds,
            max_protection_minutes=settings.max_protection_minutes,
        )
        self.pollers = Pollers(
            sqs=sqs,
            in_flight=self.in_flight,
            metrics=metrics,
            settings=settings,
            submit=self.handlers.submit,
            hand_back=self.hand_back,
            may_receive=self._may_receive,
            stopping=self.stopping,
        )
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._closed = threading.Event()
        self._next_health_at = 0.0
        self._next_metrics_at = time.monotonic() + settings.metrics_interval_seconds

    def start(self) -> None:
        """Starts every thread."""
        self.dead_letters.start()
        self.acknowledger.start()
        self.handlers.start()
        self.renewals.start()
        self._heartbeat.start()
        self.pollers.start()

    def tick(self) -> None:
        """What must be looked at a few times a second."""
        now = time.monotonic()
        self.handlers.pause.tick()
        self._check_durations(now)
        self._check_threads(now)
        running = [
            now - message.started_at
            for message in self.in_flight.snapshot()
            if message.started_at is not None
        ]
        self.protection.tick(max(running, default=0.0))
        if now >= self._next_metrics_at:
            self._next_metrics_at = now + self.settings.metrics_interval_seconds
            self.metrics.flush()

    def hand_back_waiting(self) -> None:
        """Makes visible again what no handler has begun."""
        self.hand_back(self.handlers.take_waiting())

    def hand_back(self, messages: list[Message]) -> None:
        """Makes messages that no handler has begun visible again."""
        for message in messages:
            if message.settle():
                self.in_flight.note_outcome()
                self.acknowledger.submit(message, Unavailable("The worker is stopping."))

    def close(self) -> None:
        """Ends the heartbeat, the renewals and the dead letters; the last step of a drain."""
        self._closed.set()
        self.dead_letters.close()
        self.renewals.close()

    def _may_receive(self) -> bool:
        return not self.handlers.pause.active and self.protection.may_receive()

    def _beat(self) -> None:
        while not self._closed.wait(self.settings.heartbeat_seconds / 4):
            try:
                self.visibility.beat()
            except Exception:
                logger.exception("heartbeat failed")

    def _check_durations(self, now: float) -> None:
        for message in self.in_flight.snapshot():
            started_at = message.started_at
            if started_at is None or message.overran:
                continue
            if now > (message.must_end_at or started_at + self.settings.max_duration_seconds):
                # The heartbeat leaves it alone from now on, so it is delivered again to somebody else.
                message.overran = True
                logger.error(
                    "handler overran its maximum duration",
                    extra={"messageId": message.message_id, "seconds": round(now - started_at)},
                )
                self.exit_code = EXIT_BROKEN
                self.stopping.set()

    def _check_threads(self, now: float) -> None:
        if now < self._next_health_at:
            return
        parts = (
            self.pollers,
            self.handlers,
            self.acknowledger,
            self.dead_letters,
            self.renewals,
            self._heartbeat,
        )
        if all(part.is_alive() for part in parts):
            if self.pollers.connected.is_set():
                self._next_health_at = now + BEAT_SECONDS
                try:
                    beat(self.settings.health_file)
                except OSError as error:
                    logger.error("health file not written", extra={"error": str(error)})  # noqa: TRY400
        else:
            logger.error("a thread of the worker has died")
            self.exit_code = EXIT_BROKEN
            self.stopping.set()


def run(
    handler: Handler,
    settings: WorkerSettings,
    *,
    session: boto3.Session,
    metrics: Metrics | None = None,
    on_drained: Callable[[float], object] | None = None,
) -> int:
    """Runs until SIGTERM or SIGINT, drains, and returns the exit code.

    0: stopped as asked. 1: a handler overran its maximum duration, or a thread died. 2: the queue does not
    exist. `on_drained` is called after the last handler has ended or been handed back, before the exit,
    with the seconds of the drain time that are left.
    """
    metrics = metrics or Metrics(namespace=settings.metrics_namespace, service=settings.service_name)
    worker = Worker(handler, settings, session=session, metrics=metrics)
    asked = _listen_for_signals()
    logger.info("worker started", extra={"queueUrl": settings.queue_url})
    worker.start()
    while not worker.stopping.is_set():
        worker.tick()
        time.sleep(TICK_SECONDS)
        if asked:
            logger.info("stop asked for", extra={"signal": signal.Signals(asked[0]).name})
            worker.stopping.set()
    clean = drain(worker, on_drained)
    exit_code = EXIT_SETTINGS if worker.pollers.missing_queue else worker.exit_code
    if worker.pollers.missing_queue:
        print(worker.pollers.missing_queue, file=sys.stderr)
    logger.info("worker stopped", extra={"exitCode": exit_code})
    if not clean:
        # A handler still runs in a thread that cannot be killed; leave without waiting for it.
        sys.stdout.flush()
        os._exit(exit_code)
    return exit_code


def _listen_for_signals() -> list[int]:
    """A list that gets the number of the signal that asks to stop.

    A handler may only append: it may interrupt the main thread while that holds any lock.
    """
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: asked.append(received))
    return asked
