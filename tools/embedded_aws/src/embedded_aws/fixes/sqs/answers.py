"""What the operations on messages answer.

What moto gets wrong: messages that SQS moved to a dead-letter queue do not say which queue they come
from (`DeadLetterQueueSourceArn`), unset optional numbers in the request answer with a 500, and answers go
through a serializer that tries several spellings of each name in each message: half of the time of a
receive.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.serialize import JSONSerializer
from moto.sqs.exceptions import InvalidParameterValue
from moto.sqs.responses import SQSResponse

# Attribute name -> where moto's Message keeps it. What is None is left out, as SQS does.
SYSTEM_ATTRIBUTES = {
    "ApproximateFirstReceiveTimestamp": "approximate_first_receive_timestamp",
    "ApproximateReceiveCount": "approximate_receive_count",
    "DeadLetterQueueSourceArn": "dead_letter_queue_source_arn",
    "MessageDeduplicationId": "deduplication_id",
    "MessageGroupId": "group_id",
    "SenderId": "sender_id",
    "SentTimestamp": "sent_timestamp",
    "SequenceNumber": "sequence_number",
}


def apply() -> None:
    """Replace moto's ReceiveMessage answer, and write the answers of all operations on messages directly."""
    SQSResponse.receive_message = _receive_message
    for operation in (
        "receive_message",
        "send_message",
        "send_message_batch",
        "delete_message_batch",
        "change_message_visibility_batch",
    ):
        setattr(SQSResponse, operation, _direct(getattr(SQSResponse, operation), operation))


class DirectResult(ActionResult):  # type: ignore[misc]
    """An answer whose names are already those of SQS."""

    def execute_result(self, context: Any) -> Any:
        """Status, headers and body; old clients that do not speak JSON get moto's XML."""
        if not issubclass(context.serializer_class, JSONSerializer):
            return super().execute_result(context)
        body = json.dumps(self.result, default=_base64)
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, body


def _direct(stock: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def operation(self: Any) -> Any:
        return DirectResult(stock(self).result)

    operation.__name__ = name
    return operation


def _base64(value: bytes) -> str:
    """Binary message attributes, as JSON carries them."""
    return b64encode(value).decode()


def _receive_message(self: Any) -> Any:
    name = self._get_queue_name()
    queue = self.sqs_backend.get_queue(name)
    received = self.sqs_backend.receive_message(
        name,
        _number(self, "MaxNumberOfMessages", 1, low=1, high=10),
        _number(self, "WaitTimeSeconds", queue.receive_message_wait_time_seconds, low=0, high=20),
        _number(self, "VisibilityTimeout", queue.visibility_timeout, low=0, high=43_200),
        self._get_param("MessageAttributeNames", []),
    )
    wanted = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
    messages = [_message(message, wanted) for message in received]
    return ActionResult({"Messages": messages} if messages else {})


def _number(self: Any, name: str, default: int, *, low: int, high: int) -> int:
    given = self._get_param(name)
    value = int(default if given is None else given)
    if not low <= value <= high:
        raise InvalidParameterValue(
            f"Value {value} for parameter {name} is invalid. "
            f"Reason: Must be between {low} and {high}, if provided."
        )
    return value


def _message(message: Any, wanted: set[str]) -> dict[str, Any]:
    answer = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    if message.message_attributes:
        answer["MessageAttributes"] = message.message_attributes
        answer["MD5OfMessageAttributes"] = message.attribute_md5
    attributes = _system_attributes(message, wanted)
    if attributes:
        answer["Attributes"] = attributes
    return answer


def _system_attributes(message: Any, wanted: set[str]) -> dict[str, str]:
    found = {name: getattr(message, field, None) for name, field in SYSTEM_ATTRIBUTES.items()}
    found["AWSTraceHeader"] = message.system_attributes.get("AWSTraceHeader", {}).get("StringValue")
    return {
        name: str(value)
        for name, value in found.items()
        if value is not None and (name in wanted or "All" in wanted)
    }
