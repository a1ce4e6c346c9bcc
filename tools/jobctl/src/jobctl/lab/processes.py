"""The processes of a local lab: services and the broken AWS; what ends is started again, as ECS would."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deployment.errors import ToolError
from deployment.interruption import signals_held

START_SECONDS = 90.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.1


class Process:
    """`python -m MODULE ...` with its output in a file; in a session of its own, so Ctrl-C spares it."""

    def __init__(
        self, module: str, *arguments: str, environment: Mapping[str, str], output: Path, stdin: int
    ) -> None:
        self.output = output
        with output.open("ab") as file, output.with_suffix(".err").open("ab") as errors:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=dict(environment),
                stdin=stdin,
                stdout=file,
                stderr=errors,
                start_new_session=True,
            )
        self._module = module

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._popen.poll() is not None

    def kill(self) -> None:
        """SIGKILL, and the end."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL where that does not help."""
        self._popen.send_signal(signal.SIGTERM)
        if self._popen.stdin:
            self._popen.stdin.close()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_for(self, text: str) -> str:
        """The first line of its output that holds the text; raises ToolError when it ends or stays silent."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self.has_ended()
            for line in self.output.read_text(errors="replace").splitlines(keepends=True):
                if text in line and line.endswith("\n"):
                    return line
            if ended:
                break
            time.sleep(_POLL_SECONDS)
        raise ToolError(f"{self._module} did not start: {_last_words(self.output)}")


@contextmanager
def server(module: str, *arguments: str, environment: Mapping[str, str], output: Path) -> Iterator[str]:
    """Runs a server that announces its endpoint; yields that."""
    process: Process | None = None
    try:
        with signals_held():
            process = Process(
                module, *arguments, environment=environment, output=output, stdin=subprocess.PIPE
            )
        yield str(json.loads(process.wait_for('"endpoint"'))["endpoint"])
    finally:
        with signals_held():
            if process is not None:
                process.stop()


class Crew:
    """Keeps a number of alike processes running until it is closed; a context manager.

    At its end each gets SIGTERM and drains, all at once.
    """

    def __init__(self, start: Callable[[], Process], count: int) -> None:
        self._start = start
        self._count = count
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._members: list[Process] = []
        self._next_victim = 0
        self.restarts = 0

    def __enter__(self) -> "Crew":
        try:
            for _ in range(self._count):
                with signals_held():
                    self._members.append(self._start())
            for member in self._members:
                member.wait_for('"worker started"')
        except BaseException:
            with signals_held():
                self._end()
            raise
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with signals_held():
            self._closed.set()
            self._thread.join()
            self._end()

    def kill_one(self) -> None:
        """SIGKILL for one of them, each in its turn."""
        with self._lock:
            self._members[self._next_victim % self._count].kill()
            self._next_victim += 1

    def _watch(self) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            with self._lock:
                for place, member in enumerate(self._members):
                    if member.has_ended():
                        self._members[place] = self._start()
                        self.restarts += 1

    def _end(self) -> None:
        stopping = [threading.Thread(target=member.stop) for member in self._members]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()


def log_lines(files: Sequence[Path], messages: Sequence[str]) -> Iterator[dict[str, object]]:
    """The JSON log lines with one of these messages."""
    for file in files:
        for line in file.read_text(errors="replace").splitlines():
            if any(f'"{message}"' in line for message in messages):
                with suppress(ValueError):
                    yield json.loads(line)


def _last_words(output: Path) -> str:
    said = [file.read_text(errors="replace") for file in (output, output.with_suffix(".err"))]
    lines = [line for text in said for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else f"it said nothing ({os.fspath(output)})."
