"""Keeps held messages invisible, and gives them back.

The visibility timeout is short and a heartbeat extends it, so what a killed worker held comes back in half a
minute, while a long job is never delivered twice as long as its worker lives.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from queue_worker.errors import LeaseLost, Unavailable
from queue_worker.in_flight import InFlight
from queue_worker.message import Message
from queue_worker.sqs import Failure, Sqs

logger = logging.getLogger(__name__)
Renew = Callable[[Message], None]


class Visibility:
    """All changes of visibility pass here, one at a time.

    A beat that is still on its way must not undo a release: the lock keeps their order.
    """

    def __init__(
        self,
        sqs: Sqs,
        in_flight: InFlight,
        renew: Renew,
        *,
        queue_url: str,
        visibility_timeout_seconds: int,
        heartbeat_seconds: float,
    ) -> None:
        self._sqs = sqs
        self._in_flight = in_flight
        self._renew = renew
        self._queue_url = queue_url
        self._timeout_seconds = visibility_timeout_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._lock = threading.Lock()

    def beat(self) -> None:
        """Extends what has not been extended for a heartbeat's time, in batches, then renews the leases."""
        with self._lock:
            due = [message for message in self._in_flight.snapshot() if self._is_due(message)]
            requested_at = time.monotonic()
            failures = self._sqs.hide(self._queue_url, [(message, self._timeout_seconds) for message in due])
        for position, message in enumerate(due):
            failure = failures.get(position)
            if failure is None:
                message.extended(self._timeout_seconds, requested_at)
                self._renew(message)
            elif failure.gone:
                message.lapsed = True
                logger.warning("visibility lost", extra=_about(message, failure))
        if others := {position: failure for position, failure in failures.items() if not failure.gone}:
            # One line for all: an outage meets every message, at every beat.
            position, failure = next(iter(others.items()))
            facts = _about(due[position], failure) | {"messages": len(others)}
            logger.warning("visibility not extended", extra=facts)

    def release(self, entries: Sequence[tuple[Message, float]]) -> dict[int, Failure]:
        """Makes messages visible again after the given seconds and lets go of them; failures by position.

        One that failed for an outage is still held, so the caller can try again.
        """
        with self._lock:
            failures = self._sqs.hide(
                self._queue_url, [(message, max(0, round(seconds))) for message, seconds in entries]
            )
            for position, (message, _) in enumerate(entries):
                failure = failures.get(position)
                if failure is None or failure.gone:
                    self._in_flight.remove(message)
        return {position: failure for position, failure in failures.items() if not failure.gone}

    def _is_due(self, message: Message) -> bool:
        if message.lapsed or message.overran:
            return False
        # A little early, so that a beat's own period cannot push it past its time.
        slack = self._heartbeat_seconds / 4
        return message.hidden_for_seconds <= self._timeout_seconds - self._heartbeat_seconds + slack


class Renewals:
    """Calls the leases' renewals in a thread of its own: a slow ledger must not delay the next beat."""

    def __init__(self) -> None:
        self._waiting: dict[str, Message] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="renewals", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread after the renewal it is in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def is_alive(self) -> bool:
        """False when the thread has died."""
        return self._thread.is_alive()

    def request(self, message: Message) -> None:
        """Asks for the message's renewals; a request that still waits is not doubled."""
        if message.renewals:
            with self._changed:
                self._waiting[message.receipt_handle] = message
                self._changed.notify_all()

    def _run(self) -> None:
        while (message := self._next()) is not None:
            renew_leases(message)

    def _next(self) -> Message | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            return self._waiting.pop(next(iter(self._waiting)))


def renew_leases(message: Message) -> None:
    """Calls each renewal with the time until which the message is surely invisible."""
    for renew in message.renewals:
        try:
            renew(message.visible_until_ms)
        except LeaseLost as lost:
            message.lose_lease()
            logger.warning("lease lost", extra={"messageId": message.message_id, "reason": lost.reason})
        except Unavailable as away:
            # An outage meets every message at every beat: its name will do.
            facts = {"messageId": message.message_id, "reason": away.reason}
            logger.warning("lease not renewed", extra=facts)
        except Exception:
            logger.warning("lease not renewed", extra={"messageId": message.message_id}, exc_info=True)


def _about(message: Message, failure: Failure) -> dict[str, object]:
    return {"messageId": message.message_id, "code": failure.code, "error": failure.text}
