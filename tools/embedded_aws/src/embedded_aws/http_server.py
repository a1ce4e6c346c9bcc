"""A threaded HTTP/1.1 server for moto's WSGI application that keeps connections open.

Werkzeug's own server closes the connection after every response and sends it in several small
packets; clients then spend most of their time on connecting. This one reads the whole request body
first (so that the next request on the connection starts at a clean place), and sends each response
in one write.
"""

import io
import socket
import time
import traceback
from typing import IO, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from embedded_aws import connection
from embedded_aws.access_log import AccessLog
from embedded_aws.errors import internal_error, not_implemented
from embedded_aws.listener import LOOPBACK


class Handler(MotoRequestHandler):  # type: ignore[misc]
    """Serves the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    # Without it the kernel holds small responses back for up to 40 ms.
    disable_nagle_algorithm = True
    server: "Server"

    def run_wsgi(self) -> None:
        """Answer one request."""
        started = time.monotonic()
        connection.set_client(self.connection)
        self.environ = environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body(environ["wsgi.input"]))
        environ["wsgi.input_terminated"] = True
        status, headers, body = self._call_application(environ)
        # Before the answer: who has read the answer finds its line in the log.
        self.server.access_log.write(environ, status, body, time.monotonic() - started)
        self._send(status, headers, body)

    def _read_body(self, stream: IO[bytes]) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = stream.read()
            self.environ["CONTENT_LENGTH"] = str(len(body))
            del self.environ["HTTP_TRANSFER_ENCODING"]
            return body
        return stream.read(int(self.headers.get("Content-Length") or 0))

    def _call_application(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        answer: list[Any] = ["500 Internal Server Error", []]

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            answer[:] = [status, headers]

        try:
            chunks = self.server.app(environ, start_response)
            try:
                body = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        except NotImplementedError as error:
            return not_implemented(environ, str(error))
        except Exception:
            self.server.access_log.write_text(traceback.format_exc())
            return internal_error(environ)
        return answer[0], answer[1], body

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code = int(status.split(" ", 1)[0])
        head = [f"HTTP/1.1 {status}"]
        names = set()
        for name, value in headers:
            names.add(name.lower())
            head.append(f"{name}: {value}")
        if "date" not in names:
            head.append(f"Date: {self.date_time_string()}")
        has_body = self.command != "HEAD" and code not in {204, 304}
        if "content-length" not in names and code not in {204, 304}:
            head.append(f"Content-Length: {len(body)}")
        if self.close_connection:
            head.append("Connection: close")
        self.connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + (body if has_body else b""))

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing by itself: the access log has its own line for each request."""


class Server(ThreadedWSGIServer):  # type: ignore[misc]
    """Listens on the loopback address only; one thread a connection."""

    def __init__(self, listener: socket.socket, app: Any, access_log: AccessLog) -> None:
        super().__init__(LOOPBACK, listener.getsockname()[1], app, Handler, fd=listener.fileno())
        self.access_log = access_log

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the client's business; write it down and go on."""
        self.access_log.write_text(traceback.format_exc())
