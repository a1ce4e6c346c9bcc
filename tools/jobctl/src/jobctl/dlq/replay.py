"""Sends dead letters back: to the queue first, then away from the dead letters.

A crash in between leaves a letter twice, never none; the ledger reopens its job once for both.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deployment.interruption import Interruption
from deployment.target import Target
from job_contract import GENERATION, REPLAYED_AT, REPLAYED_BY, utc_timestamp
from queue_worker.batches import MAX_ATTRIBUTES, message_bytes, string_attributes
from queue_worker.dead_letter import DEAD_LETTERED_AT, ORIGINAL_MESSAGE_ID, REASON

from jobctl.dlq.audit import Audit
from jobctl.dlq.calls import in_batches
from jobctl.dlq.holding import Hold
from jobctl.dlq.letters import JOB_ID, Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_ENTRIES = 10
_FAILED_BATCHES = 3
# What a worker adds when the job dies again; without room for it SQS would move the message, with no reason.
_OF_A_DEATH = {
    "triggers": {REASON, DEAD_LETTERED_AT, ORIGINAL_MESSAGE_ID, JOB_ID},
    "jobs": {REASON, DEAD_LETTERED_AT, ORIGINAL_MESSAGE_ID, GENERATION},
}
Attributes = Mapping[str, Mapping[str, Any]]


@dataclass
class Outcome:
    """What came of it, in order. `failed`, `left`: with reasons; both kinds of letter are still there.

    `left`: sent back, but not deleted; it will be recognised as a copy.
    """

    done: list[Letter] = field(default_factory=list)
    failed: list[tuple[Letter, str]] = field(default_factory=list)
    left: list[tuple[Letter, str]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything was done."""
        return not self.failed and not self.left


class Replay:
    """Sends letters of one queue back; adds to `outcome`, so that it is true whenever this is interrupted."""

    def __init__(
        self,
        target: Target,
        hold: Hold,
        *,
        who: str,
        audit: Audit,
        outcome: Outcome,
        interruption: Interruption,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sqs: SQSClient = target.client("sqs")
        self._url = target.outputs[hold.stage.queue]
        self._hold = hold
        self._who = who
        self._audit = audit
        self._outcome = outcome
        self._interruption = interruption
        self._sleep = sleep

    def run(self, letters: Sequence[Letter], per_second: float | None = None) -> None:
        """All of them, at most `per_second`; ends early when SQS refuses whole batches one after another."""
        began, done, refusals = time.monotonic(), 0, 0
        for batch in _batches(letters, per_second):
            if refusals == _FAILED_BATCHES:
                reason = "not tried: SQS refused those before"
                self._outcome.failed += [(letter, reason) for letter in batch]
                continue
            if per_second:
                self._sleep(max(0.0, began + done / per_second - time.monotonic()))
            # A signal waits for the batch: between send and delete it would leave each letter twice.
            with self._interruption.deferred():
                refusals = 0 if self._send_and_delete(batch) else refusals + 1
            done += len(batch)

    def _send_and_delete(self, batch: Sequence[Letter]) -> bool:
        """Send, note, delete; False when SQS took none."""
        held = [letter for letter in batch if self._hold.holds(letter)]
        lost = "no longer held: somebody else may have it; read again"
        self._outcome.failed += [(letter, lost) for letter in batch if letter not in held]
        refused = self._send(held)
        self._outcome.failed += [(held[position], reason) for position, reason in refused.items()]
        sent = [letter for position, letter in enumerate(held) if position not in refused]
        if not sent:
            return not held
        try:
            self._audit.note("replayed", sent)
        except Exception:
            untraced = "sent back, but no trace could be left of it"
            self._outcome.left += [(letter, untraced) for letter in sent]
            raise
        # Deleted last: a crash before this line leaves the letter twice.
        left = self._hold.delete(sent)
        self._outcome.left += [(sent[position], reason) for position, reason in left.items()]
        self._outcome.done += [letter for position, letter in enumerate(sent) if position not in left]
        return True

    def _send(self, letters: Sequence[Letter]) -> dict[int, str]:
        when = utc_timestamp(time.time_ns() // 1_000_000)
        most = self._hold.max_message_bytes
        entries = [
            {
                "MessageBody": letter.body,
                "MessageAttributes": replayed_attributes(letter, self._who, when, most),
            }
            for letter in letters
        ]

        def call(batch: Any) -> Any:
            return self._sqs.send_message_batch(QueueUrl=self._url, Entries=batch)

        return in_batches(
            call, entries, lambda entry: message_bytes(entry["MessageBody"], entry["MessageAttributes"])
        )


def replayed_attributes(letter: Letter, who: str, when: str, max_bytes: int) -> Attributes:
    """The letter's own attributes, its job id, and who sent it back; fewer where there is no room.

    What makes the replay work always stays: the letter's own ones. The audit stream, too, says who did it.
    """
    own = dict(letter.attributes)
    # A trigger that SQS moved has its job id from the message id, which a new message has not.
    if letter.job_id and JOB_ID not in own:
        own |= string_attributes({JOB_ID: letter.job_id})
    origin = {} if ORIGINAL_MESSAGE_ID in own else {ORIGINAL_MESSAGE_ID: letter.message_id}
    for added in (
        origin | {REPLAYED_BY: who, REPLAYED_AT: when},
        {REPLAYED_BY: who, REPLAYED_AT: when},
        {REPLAYED_BY: f"{who} at {when}"},
    ):
        # An older replay's time must not stand beside this one's name.
        kept = {name: value for name, value in own.items() if name not in (REPLAYED_BY, REPLAYED_AT)}
        attributes = kept | string_attributes(added)
        if _fits(letter, attributes, max_bytes):
            return attributes
    without = {name: value for name, value in own.items() if name not in (REPLAYED_BY, REPLAYED_AT)}
    if len(without) <= MAX_ATTRIBUTES and message_bytes(letter.body, without) <= max_bytes:
        return without
    return letter.attributes


def _fits(letter: Letter, attributes: Attributes, max_bytes: int) -> bool:
    at_death = attributes.keys() | _OF_A_DEATH[letter.stage]
    return len(at_death) <= MAX_ATTRIBUTES and message_bytes(letter.body, attributes) <= max_bytes


def _batches(letters: Sequence[Letter], per_second: float | None) -> Iterator[Sequence[Letter]]:
    size = min(BATCH_ENTRIES, max(1, int(per_second))) if per_second else BATCH_ENTRIES
    for start in range(0, len(letters), size):
        yield letters[start : start + size]
