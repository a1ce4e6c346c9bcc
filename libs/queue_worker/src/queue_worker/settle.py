"""What becomes of a batch of outcomes, step by step.

done      -> send on (if anything) -> delete
duplicate -> delete
reject    -> send to the dead-letter queue -> delete
retry     -> visible after a delay, or a reject once the attempts are used up
defer     -> visible when the other worker's lease ends
unavailable (while draining) -> visible at once
lease lost -> nothing: the message belongs to somebody else

Rejects have a lane of their own: a dead-letter queue that is away must hold its messages and no others.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from queue_worker.batches import string_attributes
from queue_worker.dead_letter import dead_letter
from queue_worker.errors import Defer, Duplicate, LeaseLost, Reject, Retry, Unavailable
from queue_worker.handlers import Done, Outcome
from queue_worker.in_flight import InFlight
from queue_worker.message import Message
from queue_worker.metrics import DEFERRED, DUPLICATES, HANDED_BACK, REJECTED, RETRIED, SUCCEEDED, Metrics
from queue_worker.patience import Patience
from queue_worker.retry import backoff_seconds
from queue_worker.settings import WorkerSettings
from queue_worker.sqs import Failure, Sendable, Sqs
from queue_worker.visibility import Visibility

logger = logging.getLogger(__name__)
# An entry that SQS alone refuses, while the others of its batch pass, is tried this often; and so is what
# comes of itself where it is not done.
MAX_ENTRY_TRIES = 5
Batch = Sequence[tuple[Message, Outcome]]


class Settler:
    """Carries outcomes out; what SQS does not take is tried again."""

    def __init__(
        self,
        *,
        sqs: Sqs,
        visibility: Visibility,
        in_flight: InFlight,
        metrics: Metrics,
        patience: Patience,
        settings: WorkerSettings,
    ) -> None:
        self._sqs = sqs
        self._visibility = visibility
        self._in_flight = in_flight
        self._metrics = metrics
        self._patience = patience
        self._settings = settings

    def settle(self, batch: Batch, reject: Callable[[Message, Outcome], None]) -> None:
        """Settles each message of the batch; afterwards none is held but those passed to `reject`."""
        done: list[tuple[Message, Done]] = []
        duplicates: list[Message] = []
        rejects: list[tuple[Message, Reject]] = []
        hides: list[tuple[Message, float, str]] = []
        for message, outcome in batch:
            match outcome:
                case Done():
                    if outcome.outgoing is not None and not self._settings.next_queue_url:
                        unset = Retry("The handler sends on, but NEXT_QUEUE_URL is not set.")
                        self._retry_or_reject(message, unset, hides, rejects)
                    else:
                        done.append((message, outcome))
                case Duplicate():
                    duplicates.append(message)
                case Reject():
                    rejects.append((message, outcome))
                case Defer():
                    hides.append((message, outcome.until_ms / 1000 - time.time(), DEFERRED))
                case Unavailable():
                    hides.append((message, 0, HANDED_BACK))
                case LeaseLost():
                    logger.warning("outcome discarded", extra=_about(message, outcome.reason))
                    self._in_flight.remove(message)
                case Retry():
                    self._retry_or_reject(message, outcome, hides, rejects)
        succeeded = self._forward(done, rejects, hides)
        self._delete({SUCCEEDED: succeeded, DUPLICATES: duplicates})
        self._hide(hides)
        for message, outcome in rejects:
            reject(message, outcome)

    def dead_letter(self, batch: Batch) -> None:
        """Sends each message of the batch to the dead-letter queue; afterwards none of them is held."""
        rejects = [(message, outcome) for message, outcome in batch if isinstance(outcome, Reject)]
        hides: list[tuple[Message, float, str]] = []
        self._delete({REJECTED: self._send_letters(rejects, hides)})
        self._hide(hides)

    def _retry_or_reject(
        self,
        message: Message,
        retry: Retry,
        hides: list[tuple[Message, float, str]],
        rejects: list[tuple[Message, Reject]],
    ) -> None:
        attempt = message.receive_count if retry.attempt is None else retry.attempt
        if retry.attempt is None and attempt >= self._settings.max_attempts:
            rejects.append((message, Reject(f"{retry.reason} (after {attempt} receives)")))
            return
        delay = retry.delay_seconds
        if delay is None:
            delay = backoff_seconds(
                attempt,
                base_seconds=self._settings.retry_base_seconds,
                cap_seconds=self._settings.retry_cap_seconds,
            )
        logger.info(
            "retry", extra=_about(message, retry.reason) | {"attempt": attempt, "delaySeconds": round(delay)}
        )
        hides.append((message, delay, RETRIED))

    def _forward(
        self,
        done: Sequence[tuple[Message, Done]],
        rejects: list[tuple[Message, Reject]],
        hides: list[tuple[Message, float, str]],
    ) -> list[Message]:
        """Sends on what the handlers returned; the messages that may now be deleted."""
        finished = [message for message, outcome in done if outcome.outgoing is None]
        sending = [
            (message, Sendable(outcome.outgoing.body, string_attributes(outcome.outgoing.attributes)))
            for message, outcome in done
            if outcome.outgoing is not None
        ]
        refused = self._send(self._settings.next_queue_url, [entry for _, entry in sending])
        for position, (message, entry) in enumerate(sending):
            failure = refused.get(position)
            if failure is None:
                finished.append(message)
            elif failure.content:
                size = entry.size_bytes
                rejects.append(
                    (
                        message,
                        Reject(f"The next queue refused its {size} bytes: {failure.code} {failure.text}"),
                    )
                )
            else:
                hides.append((message, self._settings.retry_base_seconds, HANDED_BACK))
        return finished

    def _send_letters(
        self, rejects: Sequence[tuple[Message, Reject]], hides: list[tuple[Message, float, str]]
    ) -> list[Message]:
        """Sends dead letters; the messages that may now be deleted."""
        letters: list[tuple[Message, Sendable]] = []
        for message, reject in rejects:
            logger.warning("rejected", extra=_about(message, reject.reason))
            letter = dead_letter(
                message, reject.reason, reject.attributes, max_bytes=self._settings.max_message_bytes
            )
            if letter is not None:
                letters.append((message, letter))
            else:
                self._leave_to_redrive(message, "it does not fit with its reason", hides)
        refused = self._send(self._settings.dead_letter_queue_url, [letter for _, letter in letters])
        for position, failure in refused.items():
            message = letters[position][0]
            if failure.content:
                self._leave_to_redrive(message, f"{failure.code} {failure.text}", hides)
            else:
                hides.append((message, self._settings.retry_base_seconds, HANDED_BACK))
        return [message for position, (message, _) in enumerate(letters) if position not in refused]

    def _leave_to_redrive(self, message: Message, why: str, hides: list[tuple[Message, float, str]]) -> None:
        """SQS moves it by itself once maxReceiveCount is reached: as it is, without a reason."""
        logger.error("left to the queue's own redrive", extra=_about(message, why))
        hides.append((message, 0, HANDED_BACK))

    def _delete(self, by_metric: Mapping[str, Sequence[Message]]) -> None:
        """Deletes last: a crash before this line redelivers, and the work is then found done."""
        messages = [message for group in by_metric.values() for message in group]
        refused = self._until_taken(
            "delete", messages, lambda entries: self._sqs.delete(self._settings.queue_url, entries)
        )
        for position, failure in refused.items():
            logger.warning("not deleted, will be redelivered", extra=_about(messages[position], str(failure)))
        self._in_flight.remove(*messages)
        for name, group in by_metric.items():
            if group:
                self._metrics.count(name, len(group))

    def _hide(self, hides: Sequence[tuple[Message, float, str]]) -> None:
        entries = [(message, seconds) for message, seconds, _ in hides]
        # Holds up nobody for long: a message whose visibility stays as it is comes back by that.
        refused = self._until_taken(
            "change visibility", entries, self._visibility.release, outlasts_outages=False
        )
        for position, failure in refused.items():
            logger.warning("redelivered at another time", extra=_about(entries[position][0], str(failure)))
        for message, _, name in hides:
            self._in_flight.remove(message)
            self._metrics.count(name)

    def _send(self, queue_url: str, entries: Sequence[Sendable]) -> dict[int, Failure]:
        return self._until_taken("send", entries, lambda chosen: self._sqs.send(queue_url, chosen))

    def _until_taken(
        self,
        what: str,
        entries: Sequence[Any],
        call: Callable[[Sequence[Any]], dict[int, Failure]],
        *,
        outlasts_outages: bool = True,
    ) -> dict[int, Failure]:
        """Repeats the call for the entries that may still be taken; the ones that were not, by position.

        An outage is waited out for as long as patience allows: that holds the messages, fills the worker,
        and so stops polling. What need not outlast one does so in a drain only, which is bounded anyway.
        """
        refused: dict[int, Failure] = {}
        pending = list(range(len(entries)))
        rounds = tries = 0
        while pending:
            rounds += 1
            failures = call([entries[position] for position in pending])
            failed = {pending[index]: failure for index, failure in failures.items()}
            outage = any(failure.outage for failure in failed.values())
            outlasts = outlasts_outages or self._patience.is_bounded
            tries = 0 if outage and outlasts else tries + 1
            for position, failure in failed.items():
                if failure.content or failure.gone or tries >= MAX_ENTRY_TRIES:
                    refused[position] = failure
            pending = [position for position in failed if position not in refused]
            if pending:
                first = failed[pending[0]]
                logger.warning(
                    "not taken by SQS, trying again",
                    extra={"call": what, "entries": len(pending), "code": first.code, "error": first.text},
                )
                if not self._patience.wait(backoff_seconds(rounds, base_seconds=0.5, cap_seconds=5)):
                    return refused | {position: failed[position] for position in pending}
        return refused


def _about(message: Message, reason: str) -> dict[str, object]:
    return {"messageId": message.message_id, "reason": reason, "receives": message.receive_count}
