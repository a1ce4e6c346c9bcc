"""Size and batch limits of sending.

What moto gets wrong: it counts characters where SQS counts bytes, leaves out message attributes, fails
a whole batch where SQS fails one entry, accepts more than 10 attributes and characters that SQS refuses,
and does not check the ids of delete and visibility batches.
"""

import re
from collections.abc import Iterable
from typing import Any

from moto.sqs.exceptions import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    InvalidBatchEntryId,
    InvalidParameterValue,
    MissingParameter,
    SQSException,
    TooManyEntriesInBatchRequest,
)
from moto.sqs.models import SQSBackend
from moto.sqs.responses import SQSResponse

from embedded_aws.fixes.sqs.receiving import failure

BATCH_BYTES = 1_048_576  # SQS: 1 MiB for a message, and for all messages of a batch together
BATCH_ENTRIES = 10
MESSAGE_ATTRIBUTES = 10
# What SQS accepts in a body: SendMessage, "A message can include only ...".
FORBIDDEN_CHARACTERS = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def apply() -> None:
    """Check what SQS checks, before anything is sent."""
    _check_single_messages()
    SQSBackend.send_message_batch = _send_message_batch
    for operation in ("delete_message_batch", "change_message_visibility_batch"):
        _check_ids_of(operation)


def message_bytes(body: str, attributes: dict[str, Any]) -> int:
    """What SQS counts: the body, and each attribute's name, type and value."""
    total = len(body.encode())
    for name, attribute in attributes.items():
        value = attribute.get("StringValue") or attribute.get("BinaryValue") or ""
        total += len(name.encode()) + len(attribute["DataType"].encode())
        total += len(value.encode() if isinstance(value, str) else value)
    return total


def _check_single_messages() -> None:
    stock = SQSBackend.send_message

    def send_message(self: Any, queue_name: str, message_body: str, *args: Any, **kwargs: Any) -> Any:
        attributes = kwargs.get("message_attributes") or {}
        _check_message(self.get_queue(queue_name), message_body, attributes)
        return stock(self, queue_name, message_body, *args, **kwargs)

    SQSBackend.send_message = send_message


def _check_message(queue: Any, body: str, attributes: dict[str, Any]) -> None:
    if not body:
        raise MissingParameter("MessageBody")
    if FORBIDDEN_CHARACTERS.search(body):
        raise SQSException("InvalidMessageContents", "Invalid characters were found in the message body.")
    if len(attributes) > MESSAGE_ATTRIBUTES:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds "
            f"the allowed maximum [{MESSAGE_ATTRIBUTES}]."
        )
    if message_bytes(body, attributes) > queue.maximum_message_size:
        raise InvalidParameterValue(
            "One or more parameters are invalid. "
            f"Reason: Message must be shorter than {queue.maximum_message_size} bytes."
        )


def _send_message_batch(
    self: Any, queue_name: str, entries: dict[str, dict[str, Any]]
) -> tuple[list[Any], list[dict[str, Any]]]:
    """The sent messages, each with `user_id` set to its entry's id, and the failed entries."""
    self.get_queue(queue_name)
    _check_ids(entry["Id"] for entry in entries.values())
    total = sum(message_bytes(entry["MessageBody"], entry["MessageAttributes"]) for entry in entries.values())
    if total > BATCH_BYTES:
        raise BatchRequestTooLong(total)
    sent, failed = [], []
    for entry in entries.values():
        try:
            message = self.send_message(
                queue_name,
                entry["MessageBody"],
                message_attributes=entry["MessageAttributes"],
                delay_seconds=entry["DelaySeconds"],
                deduplication_id=entry.get("MessageDeduplicationId"),
                group_id=entry.get("MessageGroupId"),
                system_attributes=entry.get("MessageSystemAttributes"),
            )
            message.user_id = entry["Id"]
            sent.append(message)
        except SQSException as error:
            failed.append(failure(entry["Id"], error))
    return sent, failed


def _check_ids_of(operation: str) -> None:
    stock = getattr(SQSResponse, operation)

    def checked(self: Any) -> Any:
        _check_ids(entry["Id"] for entry in self._get_param("Entries", []))
        return stock(self)

    checked.__name__ = operation
    setattr(SQSResponse, operation, checked)


def _check_ids(given: Iterable[str]) -> None:
    ids = list(given)
    if len(ids) > BATCH_ENTRIES:
        raise TooManyEntriesInBatchRequest(len(ids))
    for number, entry_id in enumerate(ids):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", entry_id):
            raise InvalidBatchEntryId
        if entry_id in ids[:number]:
            raise BatchEntryIdsNotDistinct(entry_id)
