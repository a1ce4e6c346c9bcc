"""The placeholder answers for its service, tells no secret, and ends when it is told to."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[1] / "server.py"
DATABASE_URL = "canary-postgresql://app:secret@database.internal/orders"  # pragma: allowlist secret
PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def placeholder(**environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program, with no environment but this; it is gone after the block."""
    with subprocess.Popen([sys.executable, str(SERVER)], env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body, once the program listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        with suppress(ConnectionRefusedError):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


def wait_until_nobody_listens(port: int) -> None:
    """The program takes no new connections."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with suppress(ConnectionError):
        while time.monotonic() < deadline:
            socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS).close()
            time.sleep(0.05)
        raise AssertionError(f"{port} is still open")


@pytest.mark.parametrize(("given", "has"), [({"DATABASE_URL": DATABASE_URL}, True), ({}, False)])
def test_it_says_who_it_is_and_whether_its_database_is_known_and_never_which(
    given: dict[str, str], has: bool
) -> None:
    port = free_port()
    with placeholder(PORT=str(port), HOST="127.0.0.1", SERVICE_NAME="order", **given):
        status, body = get(port, "/health")
        below_its_path, _ = get(port, "/order/health?verbose=1")
        elsewhere, nothing = get(port, "/orders")

    assert status == below_its_path == 200
    assert json.loads(body) == {"status": "ok", "service": "order", "hasDatabaseUrl": has}
    assert DATABASE_URL.encode() not in body
    assert (elsewhere, nothing) == (404, b"{}")


def test_it_ends_at_once_and_well_when_it_is_told_to() -> None:
    port = free_port()
    with placeholder(PORT=str(port), HOST="127.0.0.1") as process:
        assert get(port, "/health")[0] == 200

        process.terminate()

        assert process.wait(PATIENCE_SECONDS) == 0


def test_what_has_come_in_is_answered_before_it_ends() -> None:
    port = free_port()
    with placeholder(PORT=str(port), HOST="127.0.0.1") as process:
        assert get(port, "/health")[0] == 200
        with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as asking:
            asking.sendall(b"GET /health HTTP/1.0\r\n")
            assert get(port, "/health")[0] == 200  # so the one before it has come in, too
            process.terminate()
            wait_until_nobody_listens(port)
            asking.sendall(b"\r\n")
            answer = asking.makefile("rb").read()

        assert process.wait(PATIENCE_SECONDS) == 0
    assert answer.startswith(b"HTTP/1.0 200 ")
    assert answer.endswith(b"}")


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port: str) -> None:
    refused = subprocess.run(
        [sys.executable, str(SERVER)],
        env=os.environ | {"PORT": port},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == f"PORT is {port!r}; it must be a number from 1 to 65535.\n"
