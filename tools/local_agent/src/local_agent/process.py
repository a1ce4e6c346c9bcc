"""Processes that outlive the agent: known by pid and start time, ended with all their descendants."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# psutil derives the start time from the boot time, which the kernel states to the second.
START_TIME_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same pid."""

    pid: int
    start_time: float  # seconds since the epoch

    @staticmethod
    def of(pid: int) -> "Identity":
        """The process that has this pid now. Raises psutil.NoSuchProcess."""
        return Identity(pid, psutil.Process(pid).create_time())

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.start_time) < START_TIME_TOLERANCE_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


class TaskProcess:
    """The main process of a container and its process group."""

    def __init__(self, identity: Identity, popen: "subprocess.Popen[bytes] | None" = None) -> None:
        self.identity = identity
        self._popen = popen  # None when an earlier agent started it
        self.exit_code: int | None = None
        self._has_ended = False

    @staticmethod
    def start(
        argv: Sequence[str], environment: Mapping[str, str], folder: Path, output: Path
    ) -> "TaskProcess":
        """Start `argv` in a session of its own; stdout and stderr are appended to the file `output`.

        A file instead of a pipe: when the agent is killed, the process must neither block nor get SIGPIPE.
        Raises OSError when the program cannot be started.
        """
        with output.open("ab") as sink:
            popen = subprocess.Popen(
                with_own_interpreter(argv),
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return TaskProcess(Identity.of(popen.pid), popen)

    def has_ended(self) -> bool:
        """Whether it has exited; `exit_code` is then set, unless an earlier agent was its parent."""
        if self._has_ended:
            return True
        if self._popen is not None:
            code = self._popen.poll()
            if code is None:
                return False
            # A container that died by a signal reports 128 + its number.
            self.exit_code = 128 - code if code < 0 else code
        elif self.identity.is_alive():
            return False
        self._has_ended = True
        # A container ends with its main process, whatever else it has started.
        self.kill_group()
        return True

    def terminate(self) -> None:
        """SIGTERM for the main process alone, as a container runtime sends it."""
        if not self.has_ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.identity.pid, signal.SIGTERM)

    def kill_group(self) -> None:
        """SIGKILL for everything in the container."""
        kill_group(self.identity)


def kill_group(identity: Identity) -> None:
    """SIGKILL for a process group, if its leader's pid was not given to another process since."""
    try:
        is_reused = Identity.of(identity.pid).start_time - identity.start_time > START_TIME_TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        is_reused = False  # the kernel gives no process a pid that is still a group's id
    if not is_reused:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, signal.SIGKILL)


def with_own_interpreter(argv: Sequence[str]) -> list[str]:
    """`python …` runs with the interpreter that runs the agent."""
    program, *rest = argv
    return [sys.executable if program in {"python", "python3"} else program, *rest]
