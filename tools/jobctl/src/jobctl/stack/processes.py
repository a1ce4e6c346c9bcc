"""Starts processes that outlive this one, knows them again by their start time, and ends them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

# psutil derives start times from the boot time, which may move a little when the clock is set.
_SAME_START_SECONDS = 1.0
_POLL_SECONDS = 0.05


class ProcessRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A process that this stack started. `created_at_seconds`: its start time, which a reused pid has not."""

    name: str
    pid: int
    created_at_seconds: float


def spawn(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    folder: Path,
) -> ProcessRecord:
    """Starts a process in a session of its own, so that closing the terminal or Ctrl-C does not reach it."""
    with stdout.open("ab") as out, stderr.open("ab") as err:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return record(name, process.pid)


def record(name: str, pid: int) -> ProcessRecord:
    """The record of a process that was just started; one that ended at once has the time of now."""
    try:
        return ProcessRecord(name, pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return ProcessRecord(name, pid, time.time())


def find(known: ProcessRecord) -> psutil.Process | None:
    """The process of a record while it runs; None when it ended or its pid belongs to another one now."""
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.created_at_seconds) < _SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def is_running(known: ProcessRecord) -> bool:
    """Whether the very process of the record still runs."""
    return find(known) is not None


def with_offspring(known: ProcessRecord) -> list[psutil.Process]:
    """The process, all below it, and what is left of its group (also when it is gone itself)."""
    found: dict[int, psutil.Process] = {}
    if process := find(known):
        found[process.pid] = process
        with suppress(psutil.NoSuchProcess):
            found.update({child.pid: child for child in process.children(recursive=True)})
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            in_group = process.pid not in found and os.getpgid(process.pid) == known.pid
            # Younger than the leader: a group with a reused number is not taken for ours.
            if in_group and process.create_time() >= known.created_at_seconds - _SAME_START_SECONDS:
                found[process.pid] = process
    return [process for process in found.values() if _lives(process)]


def ask_to_end(known: ProcessRecord) -> bool:
    """SIGTERM to the process, if it still runs; returns whether it did."""
    process = find(known)
    if process is None:
        return False
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    return True


def wait_until_ended(
    known: ProcessRecord, timeout_seconds: float, hurry: Callable[[], bool] = lambda: False
) -> bool:
    """Waits for the end of a process; False after the timeout, or at once when `hurry()` says so."""
    deadline = time.monotonic() + timeout_seconds
    while is_running(known):
        reap(known.pid)
        if hurry() or time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    reap(known.pid)
    return True


def kill(processes: Iterable[psutil.Process], timeout_seconds: float = 10.0) -> None:
    """SIGKILL to each, and waits until they are gone; psutil itself refuses when a pid was reused."""
    victims = list(processes)
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + timeout_seconds
    while any(_lives(process) for process in victims) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    for process in victims:
        reap(process.pid)


def _lives(process: psutil.Process) -> bool:
    """A zombie is dead: whether its parent takes notice is not ours to wait for."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def reap(pid: int) -> None:
    """Takes the exit code of a child that ended, so that no zombie is left; others are init's to reap."""
    with suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
