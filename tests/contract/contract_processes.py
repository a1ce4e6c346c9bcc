"""Handles on service processes: real ones (`python -m main_job`) and ones forked from a warm parent."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from contract_waiting import GENEROUS_SECONDS


class Process(Protocol):
    """A running (or ended) service process. `output` holds its stdout and stderr."""

    pid: int
    output: Path

    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""


class RealProcess:
    """`python -m <module>`, as the container starts it."""

    def __init__(self, module: str, env: Mapping[str, str], output: Path) -> None:
        self.output = output
        with output.open("ab") as file:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", module],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.pid = self._popen.pid

    def exit_code(self) -> int | None:
        """As Process says."""
        return self._popen.poll()


class ForkedProcess:
    """A child of the warm parent."""

    def __init__(self, pid: int, output: Path, exit_code: Callable[[], int | None]) -> None:
        self.pid = pid
        self.output = output
        self._exit_code = exit_code

    def exit_code(self) -> int | None:
        """As Process says."""
        return self._exit_code()


def send_signal(process: Process, number: signal.Signals) -> None:
    """Sends a signal, unless the process has ended."""
    if process.exit_code() is None:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            # Ended this moment.
            return


def wait_for_exit(process: Process, *, seconds: float) -> int:
    """The exit code; fails with the end of the output when the process still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while (code := process.exit_code()) is None:
        if time.monotonic() >= deadline:
            raise AssertionError(f"{process.pid} still runs after {seconds:g} s:\n{tail(process)}")
        time.sleep(0.02)
    return code


def kill(process: Process) -> None:
    """SIGKILL, and waits for the end; a stopped (SIGSTOP) process dies as well."""
    send_signal(process, signal.SIGKILL)
    wait_for_exit(process, seconds=GENEROUS_SECONDS)


def wait_for_start(process: Process) -> None:
    """Returns when the worker says that it has started."""
    deadline = time.monotonic() + GENEROUS_SECONDS
    while not log_lines(process, "worker started"):
        assert time.monotonic() < deadline, f"It does not start:\n{tail(process)}"
        time.sleep(0.05)


def tail(process: Process, lines: int = 40) -> str:
    """The last lines of the output."""
    return "\n".join(process.output.read_text(errors="replace").splitlines()[-lines:])


def log_lines(process: Process, message: str) -> list[dict[str, Any]]:
    """The JSON log lines with this message (the event's name)."""
    found = []
    for line in process.output.read_text(errors="replace").splitlines():
        if f'"{message}"' in line and line.startswith("{") and line.endswith("}"):
            parsed = json.loads(line)
            if parsed.get("message") == message:
                found.append(parsed)
    return found


class WarmParent:
    """Starts children of contract_warm_parent.py; safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pids: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._codes: dict[int, int] = {}
        self._popen = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("contract_warm_parent.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def fork(self, module: str, env: Mapping[str, str], output: Path) -> ForkedProcess:
        """A child that runs the module."""
        order = json.dumps({"module": module, "env": dict(env), "output": str(output)})
        assert self._popen.stdin is not None
        with self._lock:
            self._popen.stdin.write(order + "\n")
            self._popen.stdin.flush()
            pid = self._pids.get(timeout=60)
        return ForkedProcess(pid, output, lambda: self._codes.get(pid))

    def close(self) -> None:
        """Ends the parent, which ends its children."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        self._popen.wait(timeout=20)

    def _listen(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            said = json.loads(line)
            if "pid" in said:
                self._codes.pop(said["pid"], None)  # a number that is used again
                self._pids.put(said["pid"])
            else:
                self._codes[said["exited"]] = said["code"]


@contextmanager
def ended_at_the_end() -> Iterator[Callable[[Process], Process]]:
    """A function that notes processes; all of them are killed when the block ends, however it ends."""
    with ExitStack() as stack:

        def note(process: Process) -> Process:
            stack.callback(kill, process)
            return process

        yield note
