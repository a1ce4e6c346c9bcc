"""up, down and demo when things go wrong: nothing is left, and the next one works."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from deployment.stack_paths import StackPaths
from jobctl.stack.state import load
from stack_processes import processes_of, wait_until

pytestmark = pytest.mark.stack
# Beside the tests that share a stack, not between them.
with_own_stack = pytest.mark.xdist_group("stacks of their own")

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_SECONDS = 180


def test_a_second_up_is_a_no_op_with_a_clear_line(stack: Any) -> None:
    before = load(stack.paths.state_file)

    again = stack.jobctl("up", "--detach", "--enforce-iam", "--state-dir", str(stack.paths.folder))

    assert again.returncode == 0
    assert again.stderr == f"The stack is up already: {stack.endpoint}\n"
    assert load(stack.paths.state_file) == before


def test_status_says_what_runs(stack: Any) -> None:
    done = stack.jobctl("status", "--state-dir", str(stack.paths.folder))

    assert done.returncode == 0
    assert f"The stack is up: {stack.endpoint}." in done.stdout


def test_plain_terraform_finds_the_state_and_the_lock_of_the_stack(stack: Any) -> None:
    assert stack.terraform("dev", "output", "-raw", "environment").stdout == "dev"


@with_own_stack
def test_a_taken_port_is_one_sentence_and_starts_nothing(own_folder: Path, plain_env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = _jobctl("up", "--detach", "--port", str(port), "--state-dir", str(own_folder), env=plain_env)

    assert done.returncode == 1
    assert done.stderr.startswith(f"jobctl: Port {port} on 127.0.0.1 cannot be used (address already in use)")
    assert done.stderr.count("\n") == 1
    assert processes_of(own_folder) == []


@with_own_stack
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing(number: int, own_folder: Path, plain_env: dict[str, str]) -> None:
    with _up_at_work(own_folder, plain_env) as up:
        up.send_signal(number)
        assert up.wait(STOP_TIMEOUT_SECONDS) == 128 + number

    assert processes_of(own_folder) == []
    assert not StackPaths(REPOSITORY, own_folder).state_file.exists()


@with_own_stack
def test_down_ends_an_up_that_is_under_way(own_folder: Path, plain_env: dict[str, str]) -> None:
    with _up_at_work(own_folder, plain_env) as up:
        down = _jobctl("down", "--state-dir", str(own_folder), env=plain_env)
        up.wait(STOP_TIMEOUT_SECONDS)

    assert down.returncode == 0, down.stderr
    assert processes_of(own_folder) == []


@with_own_stack
def test_a_second_up_meanwhile_is_refused(own_folder: Path, plain_env: dict[str, str]) -> None:
    with _up_at_work(own_folder, plain_env) as up:
        second = _jobctl("up", "--detach", "--state-dir", str(own_folder), env=plain_env)
        assert up.poll() is None
        up.terminate()
        up.wait(STOP_TIMEOUT_SECONDS)

    assert second.returncode == 1
    assert second.stderr.startswith("jobctl: Another command starts or stops")


@with_own_stack
@pytest.mark.parametrize("part", ["embedded-aws", "local-agent", "terraform-dev"])
def test_a_part_that_is_killed_ends_up_with_one_sentence(
    part: str, own_folder: Path, plain_env: dict[str, str]
) -> None:
    with _up_at_work(own_folder, plain_env) as up:
        state = load(StackPaths(REPOSITORY, own_folder).state_file)
        assert state is not None
        os.kill(state.processes[part].pid, signal.SIGKILL)
        _, stderr = up.communicate(timeout=STOP_TIMEOUT_SECONDS)

    assert up.returncode == 1
    last = stderr.splitlines()[-1]
    assert last.startswith("jobctl: ")
    assert str(own_folder / "logs") in last
    assert processes_of(own_folder) == []


@with_own_stack
def test_a_demo_with_iam_enforced_works_where_one_was_killed_before(
    own_folder: Path, plain_env: dict[str, str]
) -> None:
    # given: a demo that was killed at work, with Terraform holding the state's lock
    with _up_at_work(own_folder, plain_env, "demo") as first:
        first.kill()
        first.wait(STOP_TIMEOUT_SECONDS)
        assert processes_of(own_folder), "what it started runs on"

    # when
    second = _jobctl("demo", "--enforce-iam", "--state-dir", str(own_folder), env=plain_env)

    # then
    assert second.returncode == 0, second.stderr
    assert "Job state:   succeeded" in second.stdout
    assert processes_of(own_folder) == []


def _jobctl(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobctl", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False, timeout=600
    )


@contextmanager
def _up_at_work(folder: Path, env: dict[str, str], command: str = "up") -> Iterator["subprocess.Popen[str]"]:
    """`jobctl up` (or demo) at the moment when both Terraform runs are under way."""
    words = [sys.executable, "-m", "jobctl", command, "--state-dir", str(folder)]
    words += ["--detach"] if command == "up" else []
    paths = StackPaths(REPOSITORY, folder)
    process = subprocess.Popen(
        words, cwd=REPOSITORY, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )

    def at_work() -> bool:
        assert process.poll() is None, process.communicate()[1]
        log = paths.log("terraform-dev")
        # Created something: it holds the lock, and its provider runs.
        return log.exists() and "Creating..." in log.read_text()

    try:
        wait_until(at_work, "Terraform at work")
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=STOP_TIMEOUT_SECONDS)
        if process.stderr:
            process.stderr.close()
        if psutil.pid_exists(process.pid):
            process.kill()
