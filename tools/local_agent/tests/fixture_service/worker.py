"""A container for the agent's tests: says what it sees, then does what its first argument names."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

stopping: list[int] = []


def wait() -> None:
    """Run until SIGTERM."""
    while not stopping:
        time.sleep(0.02)
    print("bye")


def count() -> None:
    """Write numbered lines until SIGTERM."""
    number = 0
    while not stopping:
        number += 1
        print(f"line {number}")
        time.sleep(0.005)
    print(f"last {number}")


def burst() -> None:
    """Write many lines and a last one without its end, and exit."""
    sys.stdout.write("".join(f"line {number}\n" for number in range(5000)))
    sys.stderr.write("on stderr\n")
    sys.stdout.write("no newline")
    sys.stdout.flush()


def stubborn() -> None:
    """Ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def parent() -> None:
    """Start a child that ignores SIGTERM, name it, run until SIGTERM."""
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", script])
    print(f"child {child.pid}")
    wait()


def whoami() -> None:
    """Ask AWS who is calling."""
    import boto3  # noqa: PLC0415  (the other modes start faster without it)

    print("I am", boto3.client("sts").get_caller_identity()["Arn"])
    wait()


def serve() -> None:
    """Answer HTTP with this process's id until SIGTERM, and then what has been asked already."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # it closes once every answer is complete

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            body = str(os.getpid()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with Server((os.environ["HOST"], int(os.environ["PORT"])), Handler) as server:
        server.timeout = 0.02
        while not stopping:
            server.handle_request()


def crash() -> None:
    """Exit with a code of its own."""
    raise SystemExit(7)


signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
print(json.dumps({"environment": dict(os.environ), "pid": os.getpid()}))
Path(os.environ["TMPDIR"], "healthy").touch()
{f.__name__: f for f in (wait, count, burst, stubborn, parent, whoami, serve, crash)}[sys.argv[1]]()
