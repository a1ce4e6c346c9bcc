"""The canned server as a process of its own: started, listened to, ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("canned_server.py")
END_SECONDS = 20.0


class ServerFailed(Exception):
    """The server did not do what it was asked; the text says what."""


class CannedProcess:
    """A running server. Used in a `with` block, which ends it whatever happens.

    `event(name)` waits for an event; `stop()` ends the server and returns its account.
    """

    def __init__(self, *options: str, cores: Iterable[int] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), *options],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        if cores:
            os.sched_setaffinity(self._process.pid, cores)
        self.pid = self._process.pid
        self._events: dict[str, dict[str, Any]] = {}
        self._told = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, name="canned-server-events", daemon=True)
        self._reader.start()

    def __enter__(self) -> "CannedProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.event('listening', timeout_seconds=END_SECONDS)['port']}"

    def event(self, name: str, *, timeout_seconds: float) -> dict[str, Any]:
        """The facts of an event, once it is told; raises ServerFailed."""
        found = self.told(name, timeout_seconds=timeout_seconds)
        if found is None:
            state = "it has ended" if self._ended else f"not within {timeout_seconds:g} s"
            raise ServerFailed(f"The canned server did not tell of {name!r}: {state}.")
        return found

    def told(self, name: str, *, timeout_seconds: float) -> dict[str, Any] | None:
        """The facts of an event, or None where it has not come by then."""
        with self._told:
            self._told.wait_for(lambda: name in self._events or self._ended, timeout_seconds)
            return self._events.get(name)

    def stop(self) -> dict[str, Any]:
        """Ends it; its account."""
        self._process.send_signal(signal.SIGTERM)
        account = self.event("account", timeout_seconds=END_SECONDS)
        self._process.wait(END_SECONDS)
        return account

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        for line in self._process.stdout:
            told = json.loads(line)
            with self._told:
                self._events[told.pop("event")] = told
                self._told.notify_all()
        with self._told:
            self._ended = True
            self._told.notify_all()


def faults(account: dict[str, Any]) -> list[str]:
    """What is wrong in an account, one phrase each; nothing after a run that lost and repeated nothing."""
    wrong = [f"{number} {what}" for what, number in sorted(account["wrong"].items())]
    missing = [f"{number} never {what}" for what, number in sorted(account["missing"].items())]
    again = account["received"] - account["messages"]
    return wrong + missing + ([f"{again} received again"] if again > 0 else [])
