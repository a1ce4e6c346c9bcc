"""What an earlier stack left behind, without starting one: the port that is asked for is taken."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
from jobctl.stack.processes import ProcessRecord, is_running, record
from jobctl.stack.state import StackState, load, save

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def books(folder: Path, processes: dict[str, ProcessRecord], *, ready: bool) -> Path:
    folder.mkdir()
    gone = ProcessRecord("jobctl", 999_999, 1.0)
    save(folder / "state.json", StackState(gone, processes, "http://127.0.0.1:1", "1", ready=ready))
    (folder.parent / f"{folder.name}.env").write_text("export AWS_ENDPOINT_URL=http://127.0.0.1:1\n")
    return folder


def up_on_a_taken_port(jobctl: Any, folder: Path) -> Any:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        return jobctl("up", "--detach", "--port", port, "--state-dir", str(folder))


def test_a_state_file_whose_pids_belong_to_others_now_harms_nobody(jobctl: Any, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER) as innocent:
        try:
            # given
            reused = ProcessRecord("embedded-aws", innocent.pid, psutil.boot_time())
            folder = books(tmp_path / "stack", {"embedded-aws": reused}, ready=True)

            # when
            done = up_on_a_taken_port(jobctl, folder)

            # then
            assert done.returncode == 1
            assert done.stderr.splitlines()[0] == "An earlier stack was not stopped properly."
            assert is_running(record("innocent", innocent.pid))
            assert load(folder / "state.json") is None
            assert not (tmp_path / "stack.env").exists()
        finally:
            innocent.kill()


def test_what_is_left_of_a_killed_stack_is_stopped(jobctl: Any, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, start_new_session=True) as left:
        # given: the agent lives, the embedded AWS was killed
        parts = {
            "embedded-aws": ProcessRecord("embedded-aws", 999_998, 1.0),
            "local-agent": record("local-agent", left.pid),
        }
        folder = books(tmp_path / "stack", parts, ready=True)

        # when
        done = up_on_a_taken_port(jobctl, folder)

        # then
        assert "stopping what is left of it (local-agent)" in done.stderr
        assert left.wait(10) != 0


def test_down_without_a_stack_says_so_and_is_fine(jobctl: Any, tmp_path: Path) -> None:
    done = jobctl("down", "--state-dir", str(tmp_path / "none"))

    assert (done.returncode, done.stderr) == (0, "No stack is running.\n")


def test_a_state_file_that_cannot_be_read_counts_as_none(jobctl: Any, tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "state.json").write_text("{half")

    assert "No stack is running" in jobctl("down", "--state-dir", str(folder)).stderr
    status = jobctl("status", "--state-dir", str(folder), "--json")
    assert (status.returncode, '"down"' in status.stdout) == (1, True)


def test_status_of_a_broken_stack_exits_1(jobctl: Any, tmp_path: Path) -> None:
    dead = ProcessRecord("embedded-aws", 999_997, 1.0)
    folder = books(tmp_path / "stack", {"embedded-aws": dead}, ready=True)

    done = jobctl("status", "--state-dir", str(folder))

    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "The stack is broken: http://127.0.0.1:1.")


def test_a_port_that_is_none_is_one_sentence(jobctl: Any, tmp_path: Path) -> None:
    done = jobctl("up", "--port", "70000", "--state-dir", str(tmp_path / "stack"))

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
