"""Sending, receiving, deleting and hiding messages.

What moto gets wrong:
- Nothing is locked: two receivers can get the same message, and a delete can bring back or lose one.
- Every request walks all messages several times; a queue of 10,000 answers in a tenth of a second.
- A receive looks again only once a second; one whose client was killed still takes messages.
- A receipt handle from an earlier receive still deletes and hides the message.
- FIFO: the deduplication forgets a message once it is deleted.
"""

import hashlib
import time
import uuid
from typing import Any

from moto.sqs import models
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import Message, Queue, SQSBackend

from embedded_aws.connection import client_is_gone
from embedded_aws.fixes.sqs.shelf import AVAILABLE, DELAYED, IN_FLIGHT, Shelf

MAXIMUM_DELAY_SECONDS = 900  # SendMessage, DelaySeconds
DEDUPLICATION_SECONDS = 300  # SendMessage, MessageDeduplicationId


def apply() -> None:
    """Put a `Shelf` under each queue and let every operation use it."""
    _give_queues_a_shelf()
    Queue.add_message = lambda self, message: self.shelf.put(message)
    Queue.delete_message = lambda self, handle: self.shelf.delete(handle)
    Queue.messages = property(lambda self: self.shelf.messages())
    for name, state in (("", AVAILABLE), ("_delayed", DELAYED), ("_not_visible", IN_FLIGHT)):
        setattr(Queue, f"approximate_number_of_messages{name}", _count(state))
    SQSBackend.send_message = _send_message
    SQSBackend.receive_message = _receive_message
    SQSBackend.change_message_visibility = _change_message_visibility
    SQSBackend.change_message_visibility_batch = _change_message_visibility_batch
    SQSBackend.delete_message_batch = _delete_message_batch
    _empty_the_shelf_on_purge()


def _give_queues_a_shelf() -> None:
    stock = Queue.__init__

    def with_shelf(self: Any, *args: Any, **kwargs: Any) -> None:
        self.shelf = Shelf(self)
        self.recent_deduplication_ids = {}
        stock(self, *args, **kwargs)

    Queue.__init__ = with_shelf


def _empty_the_shelf_on_purge() -> None:
    stock = SQSBackend.purge_queue

    def purge(self: Any, queue_name: str) -> None:
        stock(self, queue_name)
        self.get_queue(queue_name).shelf.purge()

    SQSBackend.purge_queue = purge


def _count(state: str) -> property:
    return property(lambda self: self.shelf.count(state))


def _send_message(  # noqa: PLR0917  (moto calls it by position)
    self: Any,
    queue_name: str,
    message_body: str,
    message_attributes: dict[str, Any] | None = None,
    delay_seconds: int | None = None,
    deduplication_id: str | None = None,
    group_id: str | None = None,
    system_attributes: dict[str, Any] | None = None,
    validate_group_id: bool = True,
) -> Any:
    """Same contract as moto's; does not compute all of the queue's attributes for each message."""
    queue = self.get_queue(queue_name)
    delay = queue.delay_seconds if delay_seconds is None else int(delay_seconds)
    if not 0 <= delay <= MAXIMUM_DELAY_SECONDS:
        raise InvalidParameterValue(
            f"Value {delay} for parameter DelaySeconds is invalid. "
            "Reason: DelaySeconds must be >= 0 and <= 900."
        )
    message = Message(str(uuid.uuid4()), message_body, system_attributes)
    message.message_attributes = message_attributes or {}
    message.group_id = group_id
    if queue.fifo_queue:
        self._validate_message(
            queue, message_body, int(delay_seconds or 0), deduplication_id, group_id, validate_group_id
        )
        earlier = _mark_for_fifo(queue, message, deduplication_id)
        if earlier is not None:
            return earlier
    message.mark_sent(delay_seconds=delay)
    queue.shelf.put(message)
    return message


def _mark_for_fifo(queue: Any, message: Any, deduplication_id: str | None) -> Any:
    if deduplication_id is None:
        deduplication_id = hashlib.sha256(message.body.encode()).hexdigest()
    recent, now = queue.recent_deduplication_ids, time.monotonic()
    sent, earlier = recent.get(deduplication_id, (0.0, None))
    if earlier is not None and now - sent < DEDUPLICATION_SECONDS:
        return earlier
    message.deduplication_id = deduplication_id
    message.sequence_number = f"{time.time_ns():020d}"
    recent[deduplication_id] = (now, message)
    return None


def _receive_message(  # noqa: PLR0917  (moto calls it by position)
    self: Any,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Any]:
    queue = self.get_queue(queue_name)
    received = queue.shelf.take(
        int(count), int(visibility_timeout or 0), int(wait_seconds_timeout or 0), client_is_gone
    )
    for message in received:
        models._filter_message_attributes(message, message_attribute_names or [])
    return list(received)


def _change_message_visibility(
    self: Any, queue_name: str, receipt_handle: str, visibility_timeout: int
) -> None:
    self.get_queue(queue_name).shelf.change_visibility(receipt_handle, int(visibility_timeout))


def _change_message_visibility_batch(
    self: Any, queue_name: str, entries: list[dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    def change(entry: dict[str, Any]) -> None:
        seconds = int(entry.get("VisibilityTimeout") or 0)
        if not 0 <= seconds <= models.MAXIMUM_VISIBILITY_TIMEOUT:
            raise InvalidParameterValue(
                f"Value {seconds} for parameter VisibilityTimeout is invalid. "
                "Reason: Must be between 0 and 43200, if provided."
            )
        self.change_message_visibility(queue_name, entry["ReceiptHandle"], seconds)

    return _each(entries, change)


def _delete_message_batch(
    self: Any, queue_name: str, receipts: list[dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    return _each(receipts, lambda entry: self.delete_message(queue_name, entry["ReceiptHandle"]))


def _each(entries: list[dict[str, Any]], do: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """Do it for each entry: the ids that worked, and a failure for each of the others."""
    successful, failed = [], []
    for entry in entries:
        try:
            do(entry)
            successful.append(entry["Id"])
        except SQSException as error:
            failed.append(failure(entry["Id"], error))
    return successful, failed


def failure(entry_id: str, error: SQSException) -> dict[str, Any]:
    """A batch answer's entry for something the caller did wrong."""
    return {"Id": entry_id, "SenderFault": True, "Code": error.code, "Message": error.message}
