"""Ending exactly what was started, with real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jobctl.stack.processes import (
    ProcessRecord,
    ask_to_end,
    is_running,
    kill,
    record,
    spawn,
    wait_until_ended,
    with_offspring,
)
from jobctl.stack.stopping import tasks_of

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
# A parent that dies at once and leaves a child in its group.
ORPHAN_MAKER = [
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
]


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def start(tmp_path: Path, command: list[str], **environment: str) -> ProcessRecord:
    log = tmp_path / "log"
    return spawn(
        "part",
        command,
        environment={**os.environ, **environment},
        stdout=log,
        stderr=log,
        folder=tmp_path,
    )


def test_a_reused_pid_is_not_the_process_that_was_recorded(sleeper: "subprocess.Popen[bytes]") -> None:
    # given: the books of a stack that ran before this process began
    stale = ProcessRecord("part", sleeper.pid, psutil.Process(sleeper.pid).create_time() - 3600)

    # when
    asked = ask_to_end(stale)
    kill(with_offspring(stale))

    # then
    assert not asked
    assert not is_running(stale)
    assert is_running(record("part", sleeper.pid))


def test_a_process_that_is_asked_to_end_ends_and_leaves_no_zombie(tmp_path: Path) -> None:
    known = start(tmp_path, SLEEPER)

    assert ask_to_end(known)
    assert wait_until_ended(known, 10)
    assert not psutil.pid_exists(known.pid)


def test_a_stubborn_process_is_given_up_on_after_the_timeout_or_in_a_hurry(tmp_path: Path) -> None:
    known = start(tmp_path, SLEEPER)
    try:
        assert not wait_until_ended(known, 0.1)
        assert not wait_until_ended(known, 60, hurry=lambda: True)
    finally:
        kill(with_offspring(known))
    assert not is_running(known)


def test_what_a_dead_leader_left_in_its_group_is_found(tmp_path: Path) -> None:
    known = start(tmp_path, ORPHAN_MAKER)
    assert wait_until_ended(known, 20)

    left = with_offspring(known)
    kill(left)

    assert len(left) == 1
    assert with_offspring(known) == []


def test_tasks_without_their_agent_are_found_by_their_folder(tmp_path: Path) -> None:
    agent_folder = tmp_path / "agent"
    task = start(tmp_path, SLEEPER, TMPDIR=str(agent_folder / "tasks/1/tmp"))
    other = start(tmp_path, SLEEPER, TMPDIR=str(tmp_path))
    try:
        assert [process.pid for process in tasks_of(agent_folder)] == [task.pid]
    finally:
        kill([*with_offspring(task), *with_offspring(other)])
