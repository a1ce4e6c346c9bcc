"""Ends a stack, whatever is left of it."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from deployment.stack_paths import StackPaths

from jobctl.stack.parts import AGENT, EMBEDDED_AWS
from jobctl.stack.processes import ask_to_end, kill, wait_until_ended, with_offspring
from jobctl.stack.state import StackState

# The services' stopTimeout is 120 s; the agent needs a moment more to kill what is late and to report it.
DRAIN_TIMEOUT_SECONDS = 135.0
EMBEDDED_AWS_TIMEOUT_SECONDS = 10.0


def stop_everything(
    paths: StackPaths, state: StackState, *, drain: bool, hurry: Callable[[], bool] = lambda: False
) -> None:
    """Ends all processes of the stack, then forgets it; its logs stay.

    With `drain` the services get their SIGTERM and their stopTimeout first; `hurry()` breaks that off.
    """
    # Terraform first: it must not work on a stack that goes away. Then the services, while AWS still answers,
    # for draining means deleting and returning messages. AWS last.
    for name in state.processes:
        if name not in {AGENT, EMBEDDED_AWS}:
            _kill_part(state, name)
    if drain:
        drain_services(state, hurry)
    _kill_part(state, AGENT)
    kill(tasks_of(paths.agent_folder))
    if EMBEDDED_AWS in state.processes and ask_to_end(state.processes[EMBEDDED_AWS]):
        wait_until_ended(state.processes[EMBEDDED_AWS], EMBEDDED_AWS_TIMEOUT_SECONDS, hurry)
    _kill_part(state, EMBEDDED_AWS)
    forget(paths)


def drain_services(state: StackState, hurry: Callable[[], bool] = lambda: False) -> float:
    """Asks the agent to end its services and waits for it; returns the seconds that took."""
    began = time.monotonic()
    agent = state.processes.get(AGENT)
    if agent and ask_to_end(agent):
        wait_until_ended(agent, DRAIN_TIMEOUT_SECONDS, hurry)
    return time.monotonic() - began


def tasks_of(agent_folder: Path) -> list[psutil.Process]:
    """Services that run on without their agent: their TMPDIR is in the agent's folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.uids().real == os.getuid():
                temporary = process.environ().get("TMPDIR", "")
                if temporary and Path(temporary).is_relative_to(agent_folder):
                    found.append(process)
    return found


def forget(paths: StackPaths) -> None:
    """Removes what says that there is a stack; logs stay for reading."""
    paths.env_file.unlink(missing_ok=True)
    shutil.rmtree(paths.agent_folder, ignore_errors=True)
    shutil.rmtree(paths.folder / "terraform", ignore_errors=True)
    # Last: a stop that is killed before this line is repeated by the next one.
    paths.state_file.unlink(missing_ok=True)


def _kill_part(state: StackState, name: str) -> None:
    if name in state.processes:
        kill(with_offspring(state.processes[name]))
