"""Reading dead letters without losing one.

A receive hides a message, so what is read is held for the time of the command: hidden for a minute, extended
in good time, and given back at the end, also on Ctrl-C and SIGTERM. After a crash the minute does the same.
"""

import json
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from deployment.interruption import Interruption
from deployment.target import Target

from jobctl.dlq.calls import in_batches
from jobctl.dlq.letters import Letter, Stage, read_letter, redrive_limits

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN_SECONDS = 60
# Extended when less than this is left.
_SPARE_SECONDS = 40.0
_BEAT_SECONDS = 5.0
# SQS answers from a sample of its servers; a poll that waits asks all of them, and two are surer than one.
_EMPTY_POLLS = 2
_POLL_SECONDS = 1
_SYSTEM = ["ApproximateReceiveCount", "SentTimestamp", "DeadLetterQueueSourceArn"]
# SQS keeps a message hidden for 12 hours after its receive, however often that is extended.
LONGEST_HOLD_SECONDS = 11 * 3600


@dataclass
class Counts:
    """SQS's approximate counts before anything was read, and how many letters were read."""

    visible: int
    hidden: int
    seen: int = 0


class Hold:
    """The letters of one dead-letter queue while a command works with them."""

    def __init__(self, target: Target, stage: Stage, interruption: Interruption) -> None:
        self.stage = stage
        self._sqs: SQSClient = target.client("sqs")
        self._url = target.outputs[stage.dead_letter_queue]
        self._interruption = interruption
        limits = redrive_limits(target, stage)
        self.max_receives = int(json.loads(limits.get("RedrivePolicy", "{}")).get("maxReceiveCount", 0))
        self.max_message_bytes = int(limits.get("MaximumMessageSize", 262_144))
        self.counts = self._count()
        # Message id → letter, and until when (time.monotonic()) it is surely hidden.
        self._held: dict[str, tuple[Letter, float]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def read(self, limit: int) -> list[Letter]:
        """Up to `limit` letters, oldest first; all of them stay hidden until they are released."""
        empty = 0
        # Each answer brings something, or is one of few empty ones: bounded, even if messages came twice.
        for _ in range(2 * limit + _EMPTY_POLLS):
            wanted = min(10, limit - len(self._held))
            if not wanted or empty == _EMPTY_POLLS:
                break
            # A signal waits for the answer: what a cut call had hidden would be missing for a minute.
            with self._interruption.deferred():
                empty = 0 if self._receive(wanted) else empty + 1
        letters = [letter for letter, _until in self._held.values()]
        self.counts.seen = len(letters)
        return sorted(letters, key=lambda letter: (letter.sent_at_ms, letter.message_id))

    def holds(self, letter: Letter) -> bool:
        """False once it may have been handed to somebody else."""
        with self._lock:
            _letter, until = self._held.get(letter.message_id, (None, 0.0))
        return until > time.monotonic()

    def release(self, letters: Iterable[Letter]) -> None:
        """Shows letters again; one that cannot be shown shows itself within a minute."""
        handles = self._forget(letters)
        for start in range(0, len(handles), 10):
            if self._interruption.hurry:
                break
            with suppress(ClientError, BotoCoreError):
                self._change_visibility(handles[start : start + 10], 0)

    def delete(self, letters: Sequence[Letter]) -> dict[int, str]:
        """Deletes; the reasons of those that are still there, by position."""
        entries = [{"ReceiptHandle": letter.receipt_handle} for letter in letters]
        # Not extended any more from here on; what cannot be deleted shows itself.
        self._forget(letters)

        def call(batch: Any) -> Any:
            return self._sqs.delete_message_batch(QueueUrl=self._url, Entries=batch)

        return in_batches(call, entries)

    def close(self) -> None:
        """Gives everything back that is still held."""
        self._over.set()
        self._heart.join()
        self.release([letter for letter, _until in self._held.values()])

    def _count(self) -> Counts:
        found = self._sqs.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        visible = int(found["ApproximateNumberOfMessages"])
        return Counts(visible, int(found["ApproximateNumberOfMessagesNotVisible"]))

    def _receive(self, wanted: int) -> bool:
        asked_at = time.monotonic()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=wanted,
            WaitTimeSeconds=_POLL_SECONDS,
            VisibilityTimeout=HIDDEN_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=_SYSTEM,  # type: ignore[arg-type]  # a list of its literals
        )
        messages = answer.get("Messages", [])
        with self._lock:
            for raw in messages:
                letter = read_letter(self.stage.name, raw, self.max_receives)
                self._held[letter.message_id] = (letter, asked_at + HIDDEN_SECONDS)
        return bool(messages)

    def _forget(self, letters: Iterable[Letter]) -> list[str]:
        with self._lock:
            return [
                self._held.pop(letter.message_id)[0].receipt_handle
                for letter in letters
                if letter.message_id in self._held
            ]

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_SECONDS):
            self._extend()

    def _extend(self) -> None:
        """Hides for another minute what would be shown soon. Errors: the next beat tries again."""
        soon = time.monotonic() + _SPARE_SECONDS
        with self._lock:
            due = [letter for letter, until in self._held.values() if time.monotonic() < until < soon]
        for start in range(0, len(due), 10):
            # Under the lock: what is released must not be hidden again after that.
            with self._lock, suppress(ClientError, BotoCoreError):
                chunk = [letter for letter in due[start : start + 10] if letter.message_id in self._held]
                asked_at = time.monotonic()
                done = self._change_visibility([letter.receipt_handle for letter in chunk], HIDDEN_SECONDS)
                for position, letter in enumerate(chunk):
                    if position in done:
                        self._held[letter.message_id] = (letter, asked_at + HIDDEN_SECONDS)

    def _change_visibility(self, handles: Sequence[str], seconds: int) -> set[int]:
        """The positions of those for which SQS says that it did so."""
        if not handles:
            return set()
        answer = self._sqs.change_message_visibility_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                for number, handle in enumerate(handles)
            ],
        )
        return {int(done["Id"]) for done in answer.get("Successful", [])}
