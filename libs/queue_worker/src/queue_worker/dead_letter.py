"""A message on its way to the dead-letter queue: its own body and attributes, and why it died."""

from collections.abc import Mapping
from datetime import UTC, datetime

from queue_worker.batches import MAX_ATTRIBUTES, string_attributes
from queue_worker.message import Message
from queue_worker.sqs import Sendable

REASON = "deadLetterReason"
DEAD_LETTERED_AT = "deadLetteredAt"
ORIGINAL_MESSAGE_ID = "originalMessageId"
MAX_REASON_CHARS = 1000
# XML 1.0 characters, which SQS allows, without the astral planes' special cases.
_FIRST_PRINTABLE = 0x20
_SURROGATES = range(0xD800, 0xE000)
_NOT_CHARACTERS = (0xFFFE, 0xFFFF)


def dead_letter(
    message: Message, reason: str, attributes: Mapping[str, str], *, max_bytes: int
) -> Sendable | None:
    """The dead letter, or None when it does not fit: SQS's own redrive then moves the message as it is."""
    added = {
        REASON: sendable_text(reason)[:MAX_REASON_CHARS] or "no reason given",
        DEAD_LETTERED_AT: datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        ORIGINAL_MESSAGE_ID: message.attributes.get(ORIGINAL_MESSAGE_ID, message.message_id),
        **attributes,
    }
    kept = {
        name: {key: value for key, value in attribute.items() if key in _ATTRIBUTE_KEYS}
        for name, attribute in message.raw_attributes.items()
    }
    letter = Sendable(message.body, {**kept, **string_attributes(added)})
    fits = letter.size_bytes <= max_bytes and len(letter.attributes) <= MAX_ATTRIBUTES
    return letter if fits else None


_ATTRIBUTE_KEYS = ("DataType", "StringValue", "BinaryValue")


def sendable_text(text: str) -> str:
    """The text without the characters that SQS refuses."""
    return "".join(character if _is_sendable(ord(character)) else "?" for character in text)


def _is_sendable(code: int) -> bool:
    if code < _FIRST_PRINTABLE:
        return code in (0x9, 0xA, 0xD)
    return code not in _SURROGATES and code not in _NOT_CHARACTERS
