"""A server on loopback that answers with the very bytes of a script, for what no server does on order."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

WAIT_SECONDS = 60


@dataclass(frozen=True)
class Reply:
    """Bytes to send; `close` ends the connection after them, `wait_seconds` passes before them."""

    raw: bytes
    close: bool = False
    wait_seconds: float = 0


def http(body: bytes, *, status: str = "200 OK", close: bool = False, **headers: str) -> Reply:
    """A whole answer; header names with `_` for `-`."""
    named = {"Content-Length": str(len(body)), "x-amzn-RequestId": "request-1"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return Reply(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body, close)


@dataclass
class ScriptedServer:
    """Answers the n-th request with the n-th reply, and any further one with the last.

    `requests` holds what came, `connections` counts them.
    """

    replies: list[Reply]
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> "ScriptedServer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @property
    def endpoint(self) -> str:
        """Its URL."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://localhost:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                plain.settimeout(WAIT_SECONDS)
                self._open.append(plain)
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            connection = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
            self.connections += 1
            with connection:
                while self._answer(connection):
                    pass

    def _answer(self, connection: socket.socket) -> bool:
        self.requests.append(_request(connection.recv))
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        time.sleep(reply.wait_seconds)
        connection.sendall(reply.raw)
        if reply.close:
            connection.shutdown(socket.SHUT_RDWR)
        return not reply.close


def _request(receive: Callable[[int], bytes]) -> bytes:
    """One request, head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(receive)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2])
    while len(body) < length:
        body += _some(receive)
    return head + b"\r\n\r\n" + body


def _some(receive: Callable[[int], bytes]) -> bytes:
    data = receive(65_536)
    if not data:
        raise EOFError
    return data
