"""Health checks, and what becomes of unhealthy tasks."""

import os
from pathlib import Path

from agent_stack import HEALTH, Stack, wait_for
from local_agent.health import HealthMonitor, probe_command
from local_agent.process import TaskProcess
from local_agent.task_definition import HealthCheck


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def monitor(tmp_path: Path, clock: Clock, command: str, **settings: float) -> HealthMonitor:
    check = HealthCheck(("CMD-SHELL", command), **settings)  # type: ignore[arg-type]
    return HealthMonitor(check, {"PATH": os.environ["PATH"]}, tmp_path, clock)


def answer(health: HealthMonitor, clock: Clock, seconds: float) -> str:
    """Let the next check run `seconds` from now; the status after it."""
    clock.now += seconds
    health.step()

    def is_answered() -> bool:
        health.step()
        return health._probe is None

    wait_for(is_answered)
    return health.status


def test_it_is_unknown_then_healthy_then_unhealthy_after_the_retries(tmp_path: Path) -> None:
    clock = Clock()
    health = monitor(tmp_path, clock, "test -f good", interval_seconds=10, retries=3)
    (tmp_path / "good").touch()
    assert health.status == "UNKNOWN"
    assert answer(health, clock, 10) == "HEALTHY"
    (tmp_path / "good").unlink()
    assert [answer(health, clock, 10) for _ in range(3)] == ["HEALTHY", "HEALTHY", "UNHEALTHY"]
    (tmp_path / "good").touch()
    assert answer(health, clock, 10) == "HEALTHY"


def test_failures_in_the_start_period_do_not_count(tmp_path: Path) -> None:
    clock = Clock()
    health = monitor(tmp_path, clock, "false", interval_seconds=5, retries=2, start_period_seconds=30)
    while clock.now < 36:
        assert answer(health, clock, 4) == "UNKNOWN"
    assert answer(health, clock, 5) == "UNHEALTHY"


def test_a_check_that_takes_too_long_fails(tmp_path: Path) -> None:
    clock = Clock()
    health = monitor(tmp_path, clock, "sleep 60", interval_seconds=1, retries=1, timeout_seconds=3)
    clock.now += 1
    health.step()
    clock.now += 3
    health.step()
    assert health.status == "UNHEALTHY"


def test_a_check_that_cannot_start_fails(tmp_path: Path) -> None:
    clock = Clock()
    check = HealthCheck(("CMD", "/no/such/program"), interval_seconds=1, retries=1)
    health = HealthMonitor(check, {}, tmp_path, clock)
    assert answer(health, clock, 1) == "UNHEALTHY"


def test_python_in_a_check_is_the_interpreter_of_the_agent() -> None:
    command = probe_command(HealthCheck(("CMD", "python", "-c", "pass")))
    assert command[0].startswith("/")
    assert probe_command(HealthCheck(("CMD-SHELL", "exit 0"))) == ["/bin/sh", "-c", "exit 0"]


def test_a_check_runs_in_the_tasks_environment_and_an_unhealthy_task_is_replaced(stack: Stack) -> None:
    stack.create(stack.register(healthCheck=HEALTH))
    stack.wait_completed()
    [first] = stack.wait_running()
    wait_for(lambda: stack.tasks()[0]["healthStatus"] == "HEALTHY")
    Path(stack.hello(first)["environment"]["TMPDIR"], "healthy").unlink()
    [stopped] = stack.wait_stopped()
    assert stopped["stoppedReason"] == "Task failed container health checks"
    assert stopped["taskArn"] == first["taskArn"]
    [second] = stack.wait_running()
    wait_for(lambda: stack.tasks()[0]["healthStatus"] == "HEALTHY")
    assert second["taskArn"] != first["taskArn"]


def test_a_process_is_known_by_its_start_time_too(tmp_path: Path) -> None:
    process = TaskProcess.start(["sleep", "60"], {"PATH": os.environ["PATH"]}, tmp_path, tmp_path / "out")
    same, other = (
        process.identity,
        type(process.identity)(process.identity.pid, process.identity.start_time - 60),
    )
    assert same.is_alive()
    assert not other.is_alive()
    TaskProcess(other).kill_group()
    assert same.is_alive()
    process.kill_group()
    wait_for(process.has_ended)
