"""Connections to one endpoint, kept open and used again; an exchange is a request and its whole answer."""

import mmap
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path

READ_BYTES = 16_384  # a TLS record holds no more
# AWS closes idle connections after about a minute, and not always so that it is noticed.
MAX_IDLE_SECONDS = 30.0
# One used a moment ago is not looked at first: a close in that moment is a failed attempt like any other.
LOOK_AFTER_SECONDS = 1.0
MAX_HEAD_BYTES = 65_536


class _Room(threading.local):
    """What a thread reads into; of pages, for those that no answer reaches take no memory.

    Taken anew for every answer, room left holes that nothing fitted into again: 8 MB with 64 handlers.
    """

    def __init__(self) -> None:
        self.bytes = memoryview(mmap.mmap(-1, READ_BYTES))


_room = _Room()


class UnknownFraming(Exception):
    """The answer is framed in a way that AWS's JSON services do not use."""

    def __init__(self, url: str, what: str) -> None:
        self._url = url
        super().__init__(what)

    def as_botocore_says(self) -> ConnectionClosedError:
        """The error that an attempt without a usable answer is to botocore."""
        return ConnectionClosedError(endpoint_url=self._url, error=self)


class Answer(NamedTuple):
    """One HTTP answer; the names of its headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def stream(self, **_: object) -> Iterator[bytes]:
        """The body, as AWSResponse reads it."""
        yield self.body


class Connections:
    """Raises botocore's own errors, so that its retries know them. Safe among threads."""

    def __init__(
        self, url: str, *, ca_bundle: str | None, connect_seconds: float, read_seconds: float, most_idle: int
    ) -> None:
        parts = urlsplit(url)
        self._url = url
        self._is_tls = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if self._is_tls else 80))
        self._ca_bundle = ca_bundle
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: deque[tuple[socket.socket, float]] = deque(maxlen=most_idle)
        default_port = self._address[1] == (443 if self._is_tls else 80)
        shown = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self.host = f"{shown}" if default_port else f"{shown}:{self._address[1]}"

    def exchange(self, request: bytes) -> Answer:
        """Sends and reads. An answer that is not complete is an error."""
        connection = self._take() or self._connect()
        try:
            connection.sendall(request)
            answer, goes_on = self._read(connection)
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=self._url, error=error) from error
        except BaseException:
            connection.close()
            raise
        if goes_on:
            self._keep(connection)
        else:
            connection.close()
        return answer

    def _take(self) -> socket.socket | None:
        """The connection used last, for the longest idle ones may be dead."""
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            idle_seconds = time.monotonic() - since
            if idle_seconds < LOOK_AFTER_SECONDS:
                return connection
            if idle_seconds < MAX_IDLE_SECONDS and not _has_something_to_say(connection):
                return connection
            connection.close()

    def _keep(self, connection: socket.socket) -> None:
        if len(self._idle) == self._idle.maxlen:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))

    def _connect(self) -> socket.socket:
        try:
            plain = socket.create_connection(self._address, self._connect_seconds)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made = self._tls.wrap_socket(plain, server_hostname=self._address[0]) if self._is_tls else plain
            made.settimeout(self._read_seconds)
        except TimeoutError as error:
            plain.close()
            raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
        except ssl.SSLError as error:
            plain.close()
            raise SSLError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            plain.close()
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
        return made

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_bundle or get_cert_path(True))

    def _read(self, connection: socket.socket) -> tuple[Answer, bool]:
        """The answer, and whether the connection may be used again."""
        received = _some(connection)
        while (head_end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > MAX_HEAD_BYTES:
                raise UnknownFraming(self._url, "The head of the answer has no end.")
            received += _some(connection)
        version, status, headers = self._head(received[:head_end])
        length_text = headers.get("content-length", "")
        if not length_text.isdecimal() or "transfer-encoding" in headers or "content-encoding" in headers:
            raise UnknownFraming(self._url, "An answer came without a plain Content-Length.")
        length = int(length_text)
        body = received[head_end + 4 :]
        if len(body) < length:
            body = _whole(connection, body, length)
        goes_on = (
            version == "HTTP/1.1" and headers.get("connection", "").lower() != "close" and len(body) == length
        )
        return Answer(status, headers, body[:length]), goes_on

    def _head(self, head: bytes) -> tuple[str, int, dict[str, str]]:
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdecimal() or rest.startswith("1"):
            raise UnknownFraming(self._url, f"An answer began with {first[:60]!r}.")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return version, int(rest[:3]), headers


def _whole(connection: socket.socket, begun: bytes, length: int) -> bytes:
    parts, missing = [begun], length - len(begun)
    while missing > 0:
        parts.append(_some(connection))
        missing -= len(parts[-1])
    return b"".join(parts)


def _some(connection: socket.socket) -> bytes:
    room = _room.bytes
    count = connection.recv_into(room)
    if not count:
        raise ConnectionResetError("The connection was closed before the answer was complete.")
    return bytes(room[:count])


def _has_something_to_say(connection: socket.socket) -> bool:
    """True for an idle connection that was closed, or that sends what nobody asked for."""
    look = select.poll()
    look.register(connection, select.POLLIN)
    return bool(look.poll(0))
