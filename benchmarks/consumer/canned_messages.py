"""The messages that the canned server hands out, encoded before the first request."""

import uuid
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import msgspec
from canned_checksums import attributes_md5, body_md5

# As long as those of SQS; the number of the message and of its delivery stand at the end.
_HANDLE_PREFIX = "AQEB" + "x8Qd0fLr" * 20
_ID_NAMESPACE = uuid.UUID("6f9d1c1e-3a52-4b7e-9c57-6d6f3d9a0b11")
SENT_AT_MS = 1_800_000_000_000
_encode = msgspec.json.Encoder().encode


class BadMessages(Exception):
    """The file of messages cannot be used; the text says why."""


class Template(msgspec.Struct, frozen=True, rename="pascal"):
    """A body and its message attributes in SQS's own form, as one line of a file of messages holds them."""

    body: str
    message_attributes: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class Canned:
    """A message; `core` and `with_attributes` are parts of a JSON object, without its braces."""

    template: Template
    core: bytes
    with_attributes: bytes


@dataclass
class Deliveries:
    """How often each message was handed out, and the parts of an answer that follow from it."""

    counts: list[int]
    _first: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def handle(self, number: int) -> str:
        """The receipt handle of a message's newest delivery."""
        return f"{_HANDLE_PREFIX}{number:08d}.{self.counts[number]:04d}"

    def system_attributes(self, number: int, wanted: tuple[str, ...]) -> bytes:
        """The system attributes that a receive asked for; those of first deliveries all look the same."""
        if not wanted:
            return b""
        if self.counts[number] > 1:
            return _system_attributes(wanted, self.counts[number])
        if wanted not in self._first:
            self._first[wanted] = _system_attributes(wanted, 1)
        return self._first[wanted]


def _system_attributes(wanted: tuple[str, ...], count: int) -> bytes:
    known = {
        "ApproximateFirstReceiveTimestamp": str(SENT_AT_MS + 1000),
        "ApproximateReceiveCount": str(count),
        "SenderId": "AIDAEXAMPLE",
        "SentTimestamp": str(SENT_AT_MS),
    }
    chosen = {name: value for name, value in known.items() if name in wanted or "All" in wanted}
    return b',"Attributes":' + _encode(chosen)


def number_of(handle: str) -> int | None:
    """The number of the message that a receipt handle names, or None where it names none."""
    number, _, delivery = handle[len(_HANDLE_PREFIX) :].partition(".")
    well_formed = handle.startswith(_HANDLE_PREFIX) and number.isdecimal() and delivery.isdecimal()
    return int(number) if well_formed else None


def can(template: Template, number: int) -> Canned:
    """The message with everything that does not change from one delivery to the next."""
    core: dict[str, Any] = {
        "MessageId": str(uuid.uuid5(_ID_NAMESPACE, str(number))),
        "MD5OfBody": body_md5(template.body),
        "Body": template.body,
    }
    attributes = b""
    if template.message_attributes:
        more = {
            "MD5OfMessageAttributes": attributes_md5(template.message_attributes),
            "MessageAttributes": template.message_attributes,
        }
        attributes = b"," + _encode(more)[1:-1]
    return Canned(template, _encode(core)[1:-1], attributes)


def numbered_template(number: int) -> Template:
    """A job-like message of about 250 bytes; no two are the same."""
    body = _encode(
        {
            "jobId": f"01JZZZZZZZZZZZZZZZ{number:08d}",
            "jobType": "benchmark",
            "timestamp": "2027-01-15T08:00:00.000Z",
            "correlationId": f"benchmark-01JZZZZZZZZZZZZZZZ{number:08d}",
            "data": {"customer": "Zoë Example", "amount": number, "items": ["a", "b", "c"], "note": "x" * 40},
        }
    )
    attributes = {
        "jobType": {"DataType": "String", "StringValue": "benchmark"},
        "jobId": {"DataType": "String", "StringValue": f"01JZZZZZZZZZZZZZZZ{number:08d}"},
    }
    return Template(body.decode(), attributes)


def templates(count: int, file: Path | None) -> list[Template]:
    """`count` templates: those of a file of JSON lines, again and again, or numbered ones."""
    if file is None:
        return [numbered_template(number) for number in range(count)]
    try:
        lines = [line for line in file.read_bytes().splitlines() if line.strip()]
        found = [msgspec.json.decode(line, type=Template) for line in lines]
    except OSError as error:
        raise BadMessages(f"The file of messages {file} cannot be read: {error.strerror}.") from None
    except msgspec.MsgspecError as error:
        raise BadMessages(f"The file of messages {file} holds no messages as JSON lines: {error}.") from None
    if not found:
        raise BadMessages(f"The file of messages {file} is empty.")
    return list(islice(cycle(found), count))


def write_templates(file: Path, found: list[Template]) -> None:
    """Writes a file of messages."""
    file.write_bytes(b"".join(_encode(template) + b"\n" for template in found))
