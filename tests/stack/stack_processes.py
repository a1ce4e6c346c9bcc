"""Looks for the processes of a stack, whatever its own books say."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
from jobctl.stack.stopping import tasks_of


def processes_of(folder: Path) -> list[str]:
    """The command lines of all processes that name the stack's folder, or work in it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            places = [process.cwd(), process.environ().get("TF_DATA_DIR", "")]
        except psutil.Error:
            continue
        if any(str(folder) in text for text in [*words[1:], *places]):
            found.append(" ".join(words))
    return found


def tasks_running(agent_folder: Path, module: str) -> set[int]:
    """The pids of the services that run `python -m <module>`."""
    return {process.pid for process in tasks_of(agent_folder) if _command(process)[1:3] == ["-m", module]}


def _command(process: psutil.Process) -> list[str]:
    """Its command line; empty for one that has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def wait_until(holds: Callable[[], bool], what: str, timeout_seconds: float = 240.0) -> None:
    """Polls a condition; fails with `what` when it does not come true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_seconds:.0f} s"
        time.sleep(0.1)
