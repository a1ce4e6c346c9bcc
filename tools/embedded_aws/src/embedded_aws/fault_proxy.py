"""A proxy on loopback that stands between a client and the embedded AWS, counts calls and breaks some.

In tests: `with FaultProxy(endpoint) as proxy:
proxy.add(Fault("SendMessageBatch", refuse("ThrottlingException"), times=3))`, with the client's endpoint set
to `proxy.endpoint`. A behaviour gets the request and a function that forwards it, and answers with a
response, or with None to cut the connection.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

UPSTREAM_TIMEOUT_SECONDS = 60
HOP_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Request:
    """One request: `action` is the API's name (`ReceiveMessage`), for S3 the method and path."""

    action: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """One response; with `cut_after_bytes` the connection is cut after so many bytes of its body."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut_after_bytes: int | None = None


Forward = Callable[[Request], Response]
Behaviour = Callable[[Request, Forward], Response | None]


@dataclass
class Fault:
    """Applies `behaviour` to calls whose action matches the pattern (`*` as in file names).

    `after`: how many matching calls pass untouched first. `times`: how many are then touched (None: all).
    `on`: an extra condition on the request.
    """

    actions: str
    behaviour: Behaviour
    after: int = 0
    times: int | None = None
    on: Callable[[Request], bool] = field(default=lambda _: True)
    hits: int = 0


class FaultProxy:
    """The proxy itself; a context manager. `calls` counts every request by action, broken ones too.

    `seen` hears of each request that reached the server, and of what it answered, whether or not the client
    heard it.
    """

    def __init__(self, upstream: str, seen: Callable[[Request, Response], None] | None = None) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen = seen
        self.calls: Counter[str] = Counter()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def endpoint(self) -> str:
        """The proxy's own URL; stays the same when it is stopped and started."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "FaultProxy":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listens (again, on the same port, after a stop)."""
        server = _Server(("127.0.0.1", self._port), _handler_class(self))
        self._server, self._port = server, server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuses connections and cuts the ones that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def add(self, fault: Fault) -> Fault:
        """Breaks matching calls from now on; the first fault that matches wins."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """One fault less; nothing happens when it is gone already."""
        with self._lock:
            self._faults = [each for each in self._faults if each is not fault]

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def answer(self, request: Request) -> Response | None:
        """The response for one request, or None to cut the connection."""
        with self._lock:
            self.calls[request.action] += 1
            behaviour = self._behaviour(request)
        if behaviour is None:
            return self._forward(request)
        return behaviour(request, self._forward)

    def _behaviour(self, request: Request) -> Behaviour | None:
        for fault in self._faults:
            if fnmatchcase(request.action, fault.actions) and fault.on(request):
                fault.hits += 1
                seen = fault.hits - fault.after
                if seen > 0 and (fault.times is None or seen <= fault.times):
                    return fault.behaviour
        return None

    def _forward(self, request: Request) -> Response:
        connection = http.client.HTTPConnection(*self._upstream, timeout=UPSTREAM_TIMEOUT_SECONDS)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            response = Response(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()
        if self._seen is not None:
            self._seen(request, response)
        return response


def refuse(code: str, *, status: int = 400, text: str = "refused by the fault proxy") -> Behaviour:
    """Answers with an error of the AWS JSON protocol, as SQS, DynamoDB and Logs speak it."""

    def behaviour(_: Request, __: Forward) -> Response:
        body = json.dumps({"__type": f"com.amazonaws#{code}", "message": text}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-query-error": f"{code};Sender"}
        return Response(status, headers, body)

    return behaviour


def cut_before(_: Request, __: Forward) -> None:
    """Cuts the connection; the server never sees the request."""


def cut_after(request: Request, forward: Forward) -> None:
    """Cuts the connection after the server did what it was asked: the client cannot know."""
    forward(request)


def cut_midway(request: Request, forward: Forward) -> Response | None:
    """Lets half of the answer's body pass, then cuts the connection; the server did what it was asked.

    Of an answer without a body nothing passes.
    """
    answer = forward(request)
    return replace(answer, cut_after_bytes=len(answer.body) // 2) if answer.body else None


def hang(until: threading.Event, longest_seconds: float) -> Behaviour:
    """Takes the request and never answers: the connection stays open until `until` is set, then it is cut."""

    def behaviour(_: Request, __: Forward) -> None:
        until.wait(longest_seconds)

    return behaviour


def slow(seconds: float) -> Behaviour:
    """Answers late."""

    def behaviour(request: Request, forward: Forward) -> Response:
        time.sleep(seconds)
        return forward(request)

    return behaviour


def refuse_entries(
    choose: Callable[[dict[str, Any]], bool], *, code: str = "InternalError", sender_fault: bool = False
) -> Behaviour:
    """Lets a batch pass but for the chosen entries, which come back as failed."""

    def behaviour(request: Request, forward: Forward) -> Response:
        call = json.loads(request.body)
        refused = [entry for entry in call["Entries"] if choose(entry)]
        passed = [entry for entry in call["Entries"] if entry not in refused]
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        if passed:
            body = json.dumps({**call, "Entries": passed}).encode()
            answer |= json.loads(forward(_with_body(request, body)).body)
        answer["Failed"] = [*answer.get("Failed", []), *_failed(refused, code, sender_fault)]
        return Response(200, headers, json.dumps(answer).encode())

    return behaviour


def _failed(entries: Iterable[dict[str, Any]], code: str, sender_fault: bool) -> list[dict[str, Any]]:
    text = "refused by the fault proxy"
    return [{"Id": e["Id"], "Code": code, "Message": text, "SenderFault": sender_fault} for e in entries]


def _with_body(request: Request, body: bytes) -> Request:
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
    return Request(request.action, request.method, request.path, headers, body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for request in list(self._open):
            self.shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what this server is for."""


def _handler_class(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            target = self.headers.get("X-Amz-Target", "")
            action = target.rpartition(".")[2] or f"{self.command} {self.path.partition('?')[0]}"
            answer = proxy.answer(Request(action, self.command, self.path, headers, body))
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else answer.body[: answer.cut_after_bytes])
            self.close_connection = self.close_connection or answer.cut_after_bytes is not None

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

        def log_message(self, *_: Any) -> None:
            """The counts tell enough."""

    return Handler
