"""An environment in an account (or of the local stack) as a lab: its own queues, services and settings.

It sends, looks and scales. It changes one number, the desired count of background_job, and puts it back.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from deployment.errors import ToolError
from deployment.interruption import signals_held
from deployment.target import Target
from job_contract import LedgerRecord

from jobctl.lab.local_lab import container_environment
from jobctl.lab.place import Settings
from jobctl.lab.stores import count_messages, read_records, read_streams
from jobctl.triggers import Entry, send

# Fargate takes a minute to start a task, Spot sometimes more; a drain takes two.
_STEADY_SECONDS = 600.0
_POLL_SECONDS = 2.0


@dataclass
class EcsConsumers:
    """As jobctl.lab.place.Consumers says; ECS itself replaces what ends."""

    lab: "EnvironmentLab"
    max_attempts: int
    restarts: int = 0

    def kill_one(self) -> None:
        """ECS asks it to stop (SIGTERM), so it drains and hands back; only SIGKILL by the lab is rougher."""
        tasks = self.lab.tasks()
        if not tasks:
            raise ToolError("No task of background_job runs that could be stopped.")
        self.lab.ecs.stop_task(cluster=self.lab.cluster, task=tasks[0], reason="jobctl lab: task-kill")
        self.restarts += 1

    def jump_clock(self, to_seconds: float) -> None:
        """No account lets anybody do that; the experiments that want it are local only."""
        raise ToolError(f"The clock of a task cannot be set to {to_seconds:.0f}.")


class EnvironmentLab:
    """As jobctl.lab.place.Lab says."""

    is_local = False
    patience_seconds = 900.0

    def __init__(self, target: Target) -> None:
        self._target = target
        self.ecs: Any = target.client("ecs")
        self.cluster = target.outputs["ecs_cluster_name"]
        self._service = target.outputs["ecs_background_job_service_name"]
        environment = container_environment(target, self._read_service()["taskDefinition"])
        if environment.get("FAULT_INJECTION") != "on":
            raise ToolError(
                f"{target.environment} refuses simulated work: FAULT_INJECTION of background_job is off; "
                "set fault_injection in its main.tf."
            )
        self._max_attempts = int(environment.get("MAX_ATTEMPTS", "5"))

    @contextmanager
    def consumers(
        self, count: int, *, settings: Settings | None = None, faults: Sequence[str] = ()
    ) -> Iterator[EcsConsumers]:
        """As there; the settings are the environment's own."""
        if faults:
            raise ToolError(f"AWS itself cannot be broken by {', '.join(faults)}.")
        before = int(self._read_service()["desiredCount"])
        try:
            self._scale(count)
            self._wait_until_steady(count)
            yield EcsConsumers(self, self._max_attempts)
        finally:
            with signals_held():
                self._scale(before)

    def send(self, triggers: Sequence[Entry]) -> None:
        """As there."""
        sent = send(self._target.client("sqs"), self._url("sqs_main_job_triggers_queue_url"), triggers)
        if sent.failures:
            raise ToolError(f"A trigger was not taken: {next(iter(sent.failures.values()))}.")

    def records(self, job_ids: Collection[str]) -> dict[str, LedgerRecord]:
        """As there."""
        return read_records(self._target, self._target.outputs["ledger_table_name"], job_ids)

    def letters(self) -> int:
        """As there."""
        return count_messages(self._target, self._url("sqs_background_jobs_dlq_url"))

    def waiting(self) -> int:
        """As there."""
        names = ("sqs_main_job_triggers_queue_url", "sqs_background_jobs_queue_url")
        return sum(count_messages(self._target, self._url(name)) for name in names)

    def deliveries(self) -> Counter[str] | None:
        """Nobody counts them here."""
        return None

    def outcomes(self) -> Counter[str] | None:
        """Nobody counts them here."""
        return None

    def streams(self, prefix: str) -> dict[str, list[int]]:
        """As there."""
        return read_streams(self._target, self._target.outputs["cloudwatch_log_group_background_job"], prefix)

    def tasks(self) -> list[str]:
        """The running tasks of background_job."""
        answer = self.ecs.list_tasks(cluster=self.cluster, serviceName=self._service, desiredStatus="RUNNING")
        return list(answer["taskArns"])

    def _scale(self, count: int) -> None:
        self.ecs.update_service(cluster=self.cluster, service=self._service, desiredCount=count)

    def _wait_until_steady(self, count: int) -> None:
        deadline = time.monotonic() + _STEADY_SECONDS
        while (running := int(self._read_service()["runningCount"])) != count:
            if time.monotonic() >= deadline:
                raise ToolError(f"{running} tasks of {self._service} run, {count} were asked for.")
            time.sleep(_POLL_SECONDS)

    def _read_service(self) -> Any:
        found = self.ecs.describe_services(cluster=self.cluster, services=[self._service])["services"]
        if not found:
            raise ToolError(f"There is no service {self._service} in {self.cluster}.")
        return found[0]

    def _url(self, output: str) -> str:
        return self._target.outputs[output]
