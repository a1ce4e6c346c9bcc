"""The actions of SQS, in its JSON protocol."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from canned_account import Account
from canned_checksums import attributes_md5, body_md5
from canned_http import Answer, Refused
from canned_messages import Template

QUEUES = ("source", "next", "dead-letter")
_ACCOUNT_ID = "111122223333"
_REGION = "eu-central-1"
_ATTRIBUTES = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
}
_encode = msgspec.json.Encoder().encode
DONE = Answer(b"{}")


class _Request(msgspec.Struct, rename="pascal"):
    queue_url: str = ""


class Receive(_Request):
    """ReceiveMessage. The visibility timeout is not looked at: nothing reappears by itself."""

    max_number_of_messages: int = 1
    wait_time_seconds: int = 0
    attribute_names: tuple[str, ...] = ()
    message_system_attribute_names: tuple[str, ...] = ()
    message_attribute_names: tuple[str, ...] = ()


class Send(Template, frozen=True, rename="pascal"):
    """An entry of SendMessageBatch."""

    id: str = ""
    body: str = msgspec.field(name="MessageBody", default="")


class SendOne(Send, frozen=True, rename="pascal"):
    """SendMessage."""

    queue_url: str = ""


class SendBatch(_Request):
    """SendMessageBatch."""

    entries: list[Send] = []


class Handle(msgspec.Struct, rename="pascal"):
    """An entry of DeleteMessageBatch or ChangeMessageVisibilityBatch, or the call for one message."""

    receipt_handle: str
    id: str = ""
    visibility_timeout: int = 0


class HandleBatch(_Request):
    """DeleteMessageBatch or ChangeMessageVisibilityBatch."""

    entries: list[Handle] = []


class Named(msgspec.Struct, rename="pascal"):
    """GetQueueUrl, CreateQueue, ListQueues or GetQueueAttributes."""

    queue_name: str = ""
    queue_url: str = ""
    queue_name_prefix: str = ""
    attribute_names: tuple[str, ...] = ()


_receive = msgspec.json.Decoder(Receive).decode
_send_batch = msgspec.json.Decoder(SendBatch).decode
_handle_batch = msgspec.json.Decoder(HandleBatch).decode
_named = msgspec.json.Decoder(Named).decode


class CannedSqs:
    """One queue `source` that hands out the account's messages, and others that take what is sent."""

    def __init__(self, account: Account, *, base_url: str, longest_poll_seconds: float) -> None:
        self._account = account
        self._base_url = base_url
        self._longest_poll_seconds = longest_poll_seconds

    def actions(self) -> dict[str, Any]:
        """Each action by its target."""
        methods = {
            "ReceiveMessage": self.receive,
            "DeleteMessage": self.delete,
            "DeleteMessageBatch": self.delete_batch,
            "ChangeMessageVisibility": self.hide,
            "ChangeMessageVisibilityBatch": self.hide_batch,
            "SendMessage": self.send,
            "SendMessageBatch": self.send_batch,
            "GetQueueUrl": self.queue_url,
            "CreateQueue": self.queue_url,
            "GetQueueAttributes": self.queue_attributes,
            "SetQueueAttributes": lambda body: DONE,
            "ListQueues": self.list_queues,
        }
        return {f"AmazonSQS.{name}": method for name, method in methods.items()}

    def receive(self, body: bytes) -> Answer:
        """Up to ten messages; an empty answer comes after the wait time."""
        asked = _receive(body)
        if not 1 <= asked.max_number_of_messages <= 10:  # noqa: PLR2004  # SQS's bounds
            raise Refused("InvalidParameterValue", "MaxNumberOfMessages must be between 1 and 10.")
        if not asked.queue_url.endswith("/source"):
            return self._nothing(asked)
        found = self._account.hand_out(
            asked.max_number_of_messages,
            asked.message_system_attribute_names or asked.attribute_names,
            bool(asked.message_attribute_names),
        )
        return Answer(b'{"Messages":[%b]}' % b",".join(found)) if found else self._nothing(asked)

    def _nothing(self, asked: Receive) -> Answer:
        return Answer(b"{}", after_seconds=min(asked.wait_time_seconds, self._longest_poll_seconds))

    def delete(self, body: bytes) -> Answer:
        """Deletes one message."""
        return _done_or_invalid(self._account.delete(msgspec.json.decode(body, type=Handle).receipt_handle))

    def delete_batch(self, body: bytes) -> Answer:
        """Deletes up to ten."""
        entries = _handle_batch(body).entries
        return _batch_answer([(entry.id, self._account.delete(entry.receipt_handle)) for entry in entries])

    def hide(self, body: bytes) -> Answer:
        """Changes one message's visibility."""
        asked = msgspec.json.decode(body, type=Handle)
        return _done_or_invalid(self._account.hide(asked.receipt_handle, asked.visibility_timeout))

    def hide_batch(self, body: bytes) -> Answer:
        """Changes the visibility of up to ten."""
        entries = _handle_batch(body).entries
        hide = self._account.hide
        return _batch_answer(
            [(entry.id, hide(entry.receipt_handle, entry.visibility_timeout)) for entry in entries]
        )

    def send(self, body: bytes) -> Answer:
        """Takes one message."""
        asked = msgspec.json.decode(body, type=SendOne)
        return Answer(_encode(self._taken(_queue_of(asked.queue_url), asked)))

    def send_batch(self, body: bytes) -> Answer:
        """Takes up to ten."""
        asked = _send_batch(body)
        _check_size(len(asked.entries))
        queue = _queue_of(asked.queue_url)
        taken = [{"Id": entry.id, **self._taken(queue, entry)} for entry in asked.entries]
        return Answer(_encode({"Successful": taken}))

    def _taken(self, queue: str, sent: Send) -> dict[str, str]:
        self._account.send(queue, Template(sent.body, sent.message_attributes))
        answer = {
            "MessageId": f"00000000-0000-4000-8000-{self._account.sent:012d}",
            "MD5OfMessageBody": body_md5(sent.body),
        }
        if sent.message_attributes:
            answer["MD5OfMessageAttributes"] = attributes_md5(sent.message_attributes)
        return answer

    def queue_url(self, body: bytes) -> Answer:
        """Any queue exists."""
        return Answer(_encode({"QueueUrl": self._url(_named(body).queue_name)}))

    def queue_attributes(self, body: bytes) -> Answer:
        """What a queue says of itself; the counts are not kept up."""
        asked = _named(body)
        arn = f"arn:aws:sqs:{_REGION}:{_ACCOUNT_ID}:{_queue_of(asked.queue_url)}"
        known = {
            **_ATTRIBUTES,
            "QueueArn": arn,
            "ApproximateNumberOfMessages": str(len(self._account.messages) - self._account.deleted),
        }
        wanted = {
            name: value
            for name, value in known.items()
            if name in asked.attribute_names or "All" in asked.attribute_names
        }
        return Answer(_encode({"Attributes": wanted}))

    def list_queues(self, body: bytes) -> Answer:
        """The three queues."""
        prefix = _named(body).queue_name_prefix
        return Answer(_encode({"QueueUrls": [self._url(name) for name in QUEUES if name.startswith(prefix)]}))

    def _url(self, name: str) -> str:
        return f"{self._base_url}/{_ACCOUNT_ID}/{name}"


def _queue_of(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _check_size(entries: int) -> None:
    if not 1 <= entries <= 10:  # noqa: PLR2004  # SQS's bounds
        raise Refused(
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            f"A batch has 1 to 10 entries, not {entries}.",
        )


def _done_or_invalid(done: bool) -> Answer:
    if not done:
        raise Refused("ReceiptHandleIsInvalid", "The receipt handle is not valid.")
    return DONE


def _batch_answer(done: list[tuple[str, bool]]) -> Answer:
    _check_size(len(done))
    answer: dict[str, Any] = {"Successful": [{"Id": entry_id} for entry_id, well in done if well]}
    failed = [
        {
            "Id": entry_id,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "The receipt handle is not valid.",
            "SenderFault": True,
        }
        for entry_id, well in done
        if not well
    ]
    return Answer(_encode(answer | ({"Failed": failed} if failed else {})))
