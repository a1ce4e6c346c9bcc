"""HTTP/1.1 with keep-alive, as far as AWS's clients speak it: small, so that it costs little.

Requests have a Content-Length; a connection carries one at a time. An answer that must wait holds up no
other connection.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import msgspec

Action = Callable[[bytes], "Answer"]
_END_OF_HEAD = b"\r\n\r\n"
_MAX_HEAD_BYTES = 65_536
_MAX_BODY_BYTES = 4 * 1_048_576
_HEAD = (
    b"HTTP/1.1 %b\r\nx-amzn-RequestId: 0b5e0f6e-2f5a-5d6e-9a1c-3f0e8f6f4a11\r\n%bContent-Length: %d\r\n\r\n"
)
JSON = b"Content-Type: application/x-amz-json-1.0\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered with; `after_seconds` is the wait of a long poll."""

    body: bytes
    status: bytes = b"200 OK"
    headers: bytes = b""
    after_seconds: float = 0.0

    def encode(self) -> bytes:
        """With its head."""
        return _HEAD % (self.status, JSON + self.headers, len(self.body)) + self.body


class Refused(Exception):
    """An error as AWS would answer it: `Refused(code, sentence)`."""


def error_answer(code: str, text: str) -> Answer:
    """An error in the JSON protocol."""
    return Answer(msgspec.json.encode({"__type": code, "message": text}), status=b"400 Bad Request")


class Connection(asyncio.Protocol):
    """Splits what arrives into requests and answers each by `answer(method, target, body)`."""

    def __init__(self, answer: Callable[[bytes, str, bytes], Answer], *, delay_seconds: float) -> None:
        self._answer = answer
        self._delay_seconds = delay_seconds
        self._waiting = b""
        self._continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Answers each request that is complete."""
        data = self._waiting + data if self._waiting else data
        while data and (rest := self._one_request(data)) is not None:
            data = rest
        self._waiting = data

    def _one_request(self, data: bytes) -> bytes | None:
        """Answers the first request; what follows it, or None while it is not complete."""
        end = data.find(_END_OF_HEAD)
        if end < 0:
            if len(data) > _MAX_HEAD_BYTES:
                self._transport.close()
            return None
        head = data[:end]
        lower = head.lower()
        length = int(_header(head, lower, b"\r\ncontent-length:") or 0)
        if length > _MAX_BODY_BYTES:
            self._transport.close()
            return None
        begin = end + len(_END_OF_HEAD)
        if len(data) < begin + length:
            self._continue(lower)
            return None
        self._continued = False
        target = _header(head, lower, b"\r\nx-amz-target:").decode()
        answer = self._answer(head[: head.find(b" ")], target, data[begin : begin + length])
        self._reply(answer)
        return data[begin + length :]

    def _continue(self, lower: bytes) -> None:
        """boto3 sends the body of a PUT only once it is told to."""
        if not self._continued and b"\r\nexpect: 100-continue" in lower:
            self._continued = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _reply(self, answer: Answer) -> None:
        seconds = self._delay_seconds + answer.after_seconds
        if seconds:
            self._loop.call_later(seconds, self._write, answer.encode())
        else:
            self._transport.write(answer.encode())

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


def _header(head: bytes, lower: bytes, name: bytes) -> bytes:
    at = lower.find(name)
    if at < 0:
        return b""
    begin = at + len(name)
    end = head.find(b"\r\n", begin)
    return head[begin : end if end >= 0 else None].strip()
