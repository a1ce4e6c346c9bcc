"""The calls to SQS: long poll, and batches whose every entry is answered for.

A batch call never raises for AWS's or the network's sake: it returns what failed, entry by entry, because
SQS may take some entries of a batch and refuse others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from queue_worker.batches import batches, message_bytes
from queue_worker.fast_calls import make_client
from queue_worker.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SYSTEM_ATTRIBUTES = ["ApproximateReceiveCount", "SentTimestamp"]
# The answer of a long poll may come a little after its wait time.
POLL_GRACE_SECONDS = 5
# Errors of one entry's content: sending the same again cannot help.
CONTENT_CODES = frozenset(
    {
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "BatchRequestTooLong",
        "InvalidAttributeValue",
        "InvalidMessageContents",
        "InvalidParameterValue",
        "MessageTooLong",
    }
)
# The receipt handle is no longer ours: nothing is left to delete or to extend.
GONE_CODES = frozenset(
    {
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
    }
)
MISSING_QUEUE_CODES = frozenset(
    {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue"}
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an entry was not done. `outage`: the whole call failed, for no fault of this entry."""

    code: str
    text: str
    outage: bool = False

    @property
    def content(self) -> bool:
        """The entry itself is at fault."""
        return not self.outage and self.code in CONTENT_CODES

    @property
    def gone(self) -> bool:
        """The receipt handle is not valid any more."""
        return not self.outage and self.code in GONE_CODES


_NO_ANSWER = Failure("IncompleteAnswer", "SQS answered without a word on this entry.", outage=True)


@dataclass(frozen=True, slots=True)
class Sendable:
    """An entry for `send`: a body and its message attributes in SQS's own form."""

    body: str
    attributes: Mapping[str, Mapping[str, Any]]

    @property
    def size_bytes(self) -> int:
        """As SQS counts it."""
        return message_bytes(self.body, self.attributes)


class Sqs:
    """One session's two clients: one for long polls, one for everything that must be quick."""

    def __init__(
        self,
        session: boto3.Session,
        *,
        wait_time_seconds: int,
        connections: int = 10,
        fast_calls: bool = True,
    ) -> None:
        self._poll_client: SQSClient = make_client(
            session,
            "sqs",
            Config(
                connect_timeout=3,
                read_timeout=wait_time_seconds + POLL_GRACE_SECONDS,
                max_pool_connections=connections,
                retries={"mode": "standard", "total_max_attempts": 1},  # the poller backs off itself
            ),
            fast_calls=fast_calls,
        )
        self._client: SQSClient = make_client(
            session,
            "sqs",
            Config(
                connect_timeout=3,
                read_timeout=5,
                max_pool_connections=connections,
                retries={"mode": "standard", "total_max_attempts": 2},
            ),
            fast_calls=fast_calls,
        )

    def receive(
        self,
        queue_url: str,
        *,
        most: int,
        wait_time_seconds: int,
        visibility_timeout_seconds: int,
        draining: Callable[[], bool],
    ) -> list[Message]:
        """Up to `most` (1-10) messages; raises botocore's errors."""
        answer = self._poll_client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait_time_seconds,
            VisibilityTimeout=visibility_timeout_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=SYSTEM_ATTRIBUTES,  # type: ignore[arg-type]  # a list of its literals
        )
        return [
            _message(raw, visibility_timeout_seconds, draining)  # type: ignore[arg-type]  # a TypedDict
            for raw in answer.get("Messages", [])
        ]

    def delete(self, queue_url: str, messages: Sequence[Message]) -> dict[int, Failure]:
        """Deletes; the failures by position in `messages`."""
        return self._in_batches(
            messages,
            lambda chunk: self._client.delete_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message.receipt_handle}
                    for index, message in enumerate(chunk)
                ],
            ),
        )

    def hide(self, queue_url: str, entries: Sequence[tuple[Message, int]]) -> dict[int, Failure]:
        """Sets each message's visibility timeout (s from now); the failures by position in `entries`."""
        return self._in_batches(
            entries,
            lambda chunk: self._client.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {
                        "Id": str(index),
                        "ReceiptHandle": message.receipt_handle,
                        "VisibilityTimeout": seconds,
                    }
                    for index, (message, seconds) in enumerate(chunk)
                ],
            ),
        )

    def send(self, queue_url: str, entries: Sequence[Sendable]) -> dict[int, Failure]:
        """Sends; the failures by position in `entries`.

        When SQS refuses a whole batch for its content, the entries go one by one, so that a poison message
        harms nobody else.
        """

        def call(chunk: Sequence[Sendable]) -> Any:
            return self._client.send_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(index), "MessageBody": entry.body, "MessageAttributes": entry.attributes}  # type: ignore[typeddict-item]  # attributes are a TypedDict
                    for index, entry in enumerate(chunk)
                ],
            )

        return self._in_batches(entries, call, size_bytes=lambda entry: entry.size_bytes)

    def _in_batches(
        self,
        entries: Sequence[Any],
        call: Callable[[Sequence[Any]], Any],
        size_bytes: Callable[[Any], int] = lambda _: 0,
    ) -> dict[int, Failure]:
        failures: dict[int, Failure] = {}
        positions = batches(range(len(entries)), lambda position: size_bytes(entries[position]))
        for chunk in positions:
            failures |= self._one_batch(entries, chunk, call)
        return failures

    def _one_batch(
        self, entries: Sequence[Any], positions: Sequence[int], call: Callable[[Sequence[Any]], Any]
    ) -> dict[int, Failure]:
        try:
            answer = call([entries[position] for position in positions])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in CONTENT_CODES and len(positions) > 1:
                one_by_one = [self._one_batch(entries, [position], call) for position in positions]
                return {position: failure for failed in one_by_one for position, failure in failed.items()}
            outage = code not in CONTENT_CODES
            return dict.fromkeys(positions, Failure(code, str(error), outage=outage))
        except BotoCoreError as error:
            return dict.fromkeys(positions, Failure(type(error).__name__, str(error), outage=True))
        failures = {
            positions[int(failed["Id"])]: Failure(failed.get("Code", ""), failed.get("Message", ""))
            for failed in answer.get("Failed", [])
        }
        taken = {positions[int(done["Id"])] for done in answer.get("Successful", [])}
        # botocore takes an answer that was cut short for an empty one: silence on an entry is no success.
        silent = [position for position in positions if position not in taken and position not in failures]
        return failures | dict.fromkeys(silent, _NO_ANSWER)


def _message(raw: dict[str, Any], visibility_timeout_seconds: int, draining: Callable[[], bool]) -> Message:
    system = raw.get("Attributes", {})
    attributes = raw.get("MessageAttributes", {})
    return Message(
        message_id=raw["MessageId"],
        body=raw["Body"],
        receipt_handle=raw["ReceiptHandle"],
        attributes={
            name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value
        },
        raw_attributes=attributes,
        receive_count=int(system.get("ApproximateReceiveCount", 1)),
        sent_at_ms=int(system.get("SentTimestamp", time.time() * 1000)),
        visibility_timeout_seconds=visibility_timeout_seconds,
        draining=draining,
    )
