"""Stands for a service of the fleet until its own image is there: `GET /health` on PORT, and nothing else.

It says whether DATABASE_URL came, never what it is.
"""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAST_PORT = 65_535


class Server(ThreadingHTTPServer):
    """Closes once every answer is complete."""

    daemon_threads = False


class Health(BaseHTTPRequestHandler):
    """Answers `/health`, also below the service's own path, as the load balancer hands paths on unchanged."""

    timeout = 10  # seconds that a client may be silent; as long may the end take

    def do_GET(self) -> None:
        """200 and who this is, or 404."""
        found = self.path.split("?")[0].endswith("/health")
        service, database = os.environ.get("SERVICE_NAME", ""), bool(os.environ.get("DATABASE_URL"))
        answer = {"status": "ok", "service": service, "hasDatabaseUrl": database} if found else {}
        body = json.dumps(answer).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def port_of(text: str) -> int:
    """The port to listen on; ends the program with one sentence when it is none."""
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        sys.exit(f"PORT is {text!r}; it must be a number from 1 to {LAST_PORT}.")
    return int(text)


def main() -> None:
    """Serves until SIGTERM, which a container's first process must handle itself; answers what was asked."""
    # In a container everything comes in by its own address; HOST=127.0.0.1 keeps it to this machine.
    address = os.environ.get("HOST", "0.0.0.0"), port_of(os.environ.get("PORT", "8000"))  # noqa: S104
    with Server(address, Health) as server:
        # In a thread: it waits for the loop that the signal has interrupted.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()


if __name__ == "__main__":
    main()
