"""What the real services write when everything happens to them that they count."""

import json
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_messages import job, message, trigger
from contract_processes import Process, ended_at_the_end, send_signal, tail, wait_for_exit, wait_for_start
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_world import Aws, Sent, World

Line = dict[str, Any]
BROKEN_MAIN_JOB = "broken_main_job"
# Metrics soon; the smallest buffer for job logs, so that one job can fill it; few attempts and places.
SETTINGS = {
    "METRICS_INTERVAL_SECONDS": 1,
    "LOG_BUFFER_BYTES": 1_048_576,
    "MAX_ATTEMPTS": 2,
    "CONCURRENCY": 4,
    "MAX_IN_FLIGHT": 12,
    "PYTHONPATH": str(Path(__file__).parent),
}
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class ServiceOutput:
    """Lines by what the saved queries call their groups: triggers, jobs (with job streams), custom."""

    groups: Mapping[str, Sequence[Line]]

    def metric_lines(self) -> list[Line]:
        """The EMF lines."""
        return [line for lines in self.groups.values() for line in lines if "_aws" in line]

    def log_lines(self, groups: Sequence[str]) -> list[Line]:
        """The lines of these groups that are no metrics."""
        return [line for group in groups for line in self.groups[group] if "_aws" not in line]


def record(endpoint: str, folder: Path, namespace: str) -> ServiceOutput:
    """Runs the services on queues of their own until each has written every metric that it counts."""
    aws = Aws(endpoint)
    aws.table, aws.bucket = "recorded-ledger", "recorded-results-123456789012"
    aws.job_log_group, aws.custom_log_group = (
        "/ecs/recorded/background-job",
        "/ecs/recorded/custom-processing",
    )
    aws.make_stores()
    settings = {**SETTINGS, "METRICS_NAMESPACE": namespace}
    with ended_at_the_end() as note:
        services = Services(folder, note)
        broken = _start_broken_main_job(World(aws), services, settings)
        jobs = _run_background_job(World(aws), services, settings)
        triggers = _run_main_job(World(aws), services, settings)
        wait_for_exit(broken, seconds=TIMEOUT_SECONDS)
    return ServiceOutput(
        {
            "triggers": [*triggers, *_lines(broken)],
            "jobs": [*jobs, *_events(aws, aws.job_log_group)],
            "custom": _events(aws, aws.custom_log_group),
        }
    )


def _run_main_job(world: World, services: Services, settings: Mapping[str, object]) -> list[Line]:
    world.triggers.send(trigger(correlationId="order-17"), Sent("not json", {}))
    process = services.start(MAIN_JOB, environment(world, MAIN_JOB, settings=settings))
    _wait_for_metrics(process, {"Received", "Succeeded", "Rejected", "HandlerMs", "QueueWaitMs"})
    return _stopped(process)


def _start_broken_main_job(world: World, services: Services, settings: Mapping[str, object]) -> Process:
    """It has been told to stop, and hands back the triggers that wait behind a slow one."""
    one_by_one = {**settings, "CONCURRENCY": 1}
    world.triggers.send(Sent('{"trigger": "bug"}', {}), *[Sent('{"trigger": "slow"}', {})] * 5)
    process = services.start(BROKEN_MAIN_JOB, environment(world, MAIN_JOB, settings=one_by_one))
    _wait_for_metrics(process, {"Retried"})
    _wait(process, lambda: _sum(process, "Received") >= 6, lambda: "not all triggers received")
    send_signal(process, signal.SIGTERM)
    return process


def _sum(process: Process, name: str) -> int:
    return sum(line[name] for line in _lines(process) if "_aws" in line and name in line)


def _run_background_job(world: World, services: Services, settings: Mapping[str, object]) -> list[Line]:
    twin = message(job("simulate-work", {"sleepSeconds": 3}))
    known = job("simulate-work", {})
    world.jobs.send(
        message(known),
        message(job("simulate-work", {"failAttempts": 1})),
        message(job("simulate-work", {"failAttempts": 9})),
        message(job("simulate-work", {}, logStreamPattern="audit-streams")),
        message(job("simulate-work", {"logLines": 30_000})),
        twin,
        twin,
        Sent("not json", {}),
    )
    process = services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, settings=settings))
    wait_for_start(process)
    _wait_for_metrics(
        process, {"Succeeded", "Retried", "Rejected", "Deferred", "Duplicates", "LogLinesDropped"}
    )
    world.jobs.send(message(job("simulate-work", {"work": 2}, job_id=known.job_id)))
    _wait_for_line(process, "job reject")
    # More than it may run at once: what waits is handed back.
    world.jobs.send(*(message(job("simulate-work", {"sleepSeconds": 3})) for _ in range(10)))
    _wait_for_line(process, "job started", jobs=4 + 6)
    return _stopped(process)


def _wait_for_metrics(process: Process, names: set[str]) -> None:
    def missing() -> set[str]:
        return names - {name for line in _lines(process) for name in line if "_aws" in line}

    _wait(process, lambda: not missing(), lambda: f"no metric {sorted(missing())}")


def _wait_for_line(process: Process, text: str, jobs: int = 1) -> None:
    def seen() -> int:
        return len({line.get("jobId") for line in _lines(process) if line.get("message") == text})

    _wait(process, lambda: seen() >= jobs, lambda: f"{seen()} jobs with a line {text!r}, not {jobs}")


def _wait(process: Process, condition: Callable[[], bool], problem: Callable[[], str]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{problem()} after {TIMEOUT_SECONDS} s:\n{tail(process)}"
        time.sleep(0.1)


def _stopped(process: Process) -> list[Line]:
    send_signal(process, signal.SIGTERM)
    assert wait_for_exit(process, seconds=TIMEOUT_SECONDS) == 0, tail(process)
    return _lines(process)


def _lines(process: Process) -> list[Line]:
    """The whole lines of stdout, each an object in JSON; what is being written is left out."""
    whole = process.output.read_text(errors="replace").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def _events(aws: Aws, group: str) -> list[Line]:
    pages = aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]
