"""A lab on this machine: queues of its own on the embedded AWS, and the services as processes of its own.

Jobs go the usual way: triggers to `main_job`, jobs to `background_job`. Every consumer talks to AWS through
the fault proxy, which counts what it was handed.
"""

import itertools
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import NoStateError, ToolError
from deployment.target import Target, local_target
from deployment.variables import process_environment
from job_contract import LedgerRecord

import jobctl
from jobctl.lab.place import Settings
from jobctl.lab.processes import Crew, Process, log_lines, server
from jobctl.lab.stores import MAX_MESSAGE_BYTES, Stores, count_messages, read_records, read_streams
from jobctl.triggers import Entry, send

# Python runs its sitecustomize first: see there.
_CLOCK = Path(jobctl.__file__).parent / "lab/clock"
_OUTCOMES = ("job succeeded", "job dead")
# Short times: what a killed worker held comes back in 5 s, not in 30.
_SHORT_TIMES: Mapping[str, object] = {
    "VISIBILITY_TIMEOUT_SECONDS": 5,
    "HEARTBEAT_SECONDS": 1,
    "WAIT_TIME_SECONDS": 1,
    "DRAIN_TIMEOUT_SECONDS": 20,
    "RETRY_BASE_SECONDS": 0.2,
    "RETRY_CAP_SECONDS": 2,
    "CONCURRENCY": 4,
    "MAX_IN_FLIGHT": 4,
    "MAX_ATTEMPTS": 5,
    "LOG_FLUSH_SECONDS": 0.5,
    "LOG_STREAMS_PER_SECOND": 50,
    "FAULT_INJECTION": "on",
    "MAX_MESSAGE_BYTES": MAX_MESSAGE_BYTES,
    "ENVIRONMENT": "lab",
    "METRICS_NAMESPACE": "lab",
}


@dataclass
class LocalConsumers:
    """As jobctl.lab.place.Consumers says."""

    crew: Crew
    max_attempts: int
    clock_file: Path

    @property
    def restarts(self) -> int:
        """As there."""
        return self.crew.restarts

    def kill_one(self) -> None:
        """As there."""
        self.crew.kill_one()

    def jump_clock(self, to_seconds: float) -> None:
        """As there; in one step, so that no reader finds half of it."""
        draft = self.clock_file.with_suffix(".draft")
        draft.write_text(str(to_seconds - time.time()))
        draft.replace(self.clock_file)


class LocalLab:
    """As jobctl.lab.place.Lab says."""

    is_local = True
    patience_seconds = 0.0

    def __init__(self, stores: Stores, folder: Path, base: Mapping[str, str]) -> None:
        self._stores = stores
        self._folder = folder
        self._base = base
        self._numbers = itertools.count(1)
        self._outputs: list[Path] = []
        self._call_logs: list[Path] = []

    @contextmanager
    def consumers(
        self, count: int, *, settings: Settings | None = None, faults: Sequence[str] = ()
    ) -> Iterator[LocalConsumers]:
        """As there."""
        number = next(self._numbers)
        calls, clock = (self._folder / f"{kind}-{number}" for kind in ("calls", "clock"))
        clock.write_text("0")
        self._call_logs.append(calls)
        chosen = {**_SHORT_TIMES, "SERVICE_NAME": "background-job", **(settings or {})}
        options = [f"--fault={fault}" for fault in faults]
        arguments = ("--upstream", str(self._stores.target.endpoint), "--log", str(calls), *options)
        with server(
            "embedded_aws.broken_aws",
            *arguments,
            environment=process_environment(os.environ, None),
            output=self._folder / f"broken-aws-{number}.log",
        ) as endpoint:
            environment = self._environment("jobs", endpoint, chosen)
            if chosen.get("MOVED_CLOCK"):
                environment |= {"LAB_CLOCK_FILE": str(clock), "PYTHONPATH": str(_CLOCK)}
            with Crew(lambda: self._start("background_job", environment), count) as crew:
                yield LocalConsumers(crew, int(str(chosen["MAX_ATTEMPTS"])), clock)

    @contextmanager
    def main_job(self) -> Iterator[None]:
        """The first stage, which no experiment breaks."""
        settings = {**_SHORT_TIMES, "SERVICE_NAME": "main-job", "NEXT_QUEUE_URL": self._stores.urls["jobs"]}
        environment = self._environment("triggers", str(self._stores.target.endpoint), settings)
        with Crew(lambda: self._start("main_job", environment), 1):
            yield

    def send(self, triggers: Sequence[Entry]) -> None:
        """As there."""
        sent = send(self._stores.target.client("sqs"), self._stores.urls["triggers"], triggers)
        if sent.failures:
            raise ToolError(f"A trigger was not taken: {next(iter(sent.failures.values()))}.")

    def records(self, job_ids: Collection[str]) -> dict[str, LedgerRecord]:
        """As there."""
        return read_records(self._stores.target, self._stores.name, job_ids)

    def letters(self) -> int:
        """As there."""
        return count_messages(self._stores.target, self._stores.urls["jobs-dlq"])

    def waiting(self) -> int:
        """As there."""
        return sum(
            count_messages(self._stores.target, self._stores.urls[name]) for name in ("triggers", "jobs")
        )

    def deliveries(self) -> Counter[str] | None:
        """As there: what the proxies saw."""
        lines = [line for file in self._call_logs if file.exists() for line in file.read_text().splitlines()]
        return Counter(job for line in lines if '"jobs"' in line for job in json.loads(line)["jobs"])

    def outcomes(self) -> Counter[str] | None:
        """As there: what the workers' logs say after the ledger took an outcome."""
        lines = log_lines(self._outputs, _OUTCOMES)
        return Counter(str(line["jobId"]) for line in lines if line.get("message") in _OUTCOMES)

    def streams(self, prefix: str) -> dict[str, list[int]]:
        """As there."""
        return read_streams(self._stores.target, self._stores.log_groups[0], prefix)

    def _environment(self, queue: str, endpoint: str, settings: Settings) -> dict[str, str]:
        own = {
            "QUEUE_URL": self._stores.urls[queue],
            "DEAD_LETTER_QUEUE_URL": self._stores.urls[f"{queue}-dlq"],
            "LEDGER_TABLE": self._stores.name,
            "RESULTS_BUCKET": self._stores.name,
            "JOB_LOG_GROUP": self._stores.log_groups[0],
            "CUSTOM_LOG_GROUP": self._stores.log_groups[1],
            "PYTHONUNBUFFERED": "1",
        }
        named = {name: str(value) for name, value in settings.items()}
        return process_environment(os.environ, endpoint) | dict(self._base) | named | own

    def _start(self, module: str, environment: Mapping[str, str]) -> Process:
        output = self._folder / f"{module}-{next(self._numbers)}.log"
        self._outputs.append(output)
        health = {"HEALTH_FILE": str(output.with_suffix(".health"))}
        return Process(
            module, environment=dict(environment) | health, output=output, stdin=subprocess.DEVNULL
        )


@contextmanager
def local_lab(target: Target, base: Mapping[str, str]) -> Iterator[LocalLab]:
    """A lab on an embedded AWS that runs; nothing of it stays. `base`: the task definition's variables."""
    stores = Stores(target)
    with ExitStack() as ending:
        ending.callback(stores.remove)
        stores.make()
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="jobctl-lab-")))
        lab = LocalLab(stores, folder, base)
        ending.enter_context(lab.main_job())
        yield lab


@contextmanager
def own_embedded_aws() -> Iterator[Target]:
    """An embedded AWS for the lab alone."""
    with tempfile.TemporaryDirectory(prefix="jobctl-lab-") as folder:
        output = Path(folder) / "embedded-aws.log"
        environment = process_environment(os.environ, None)
        with server("embedded_aws", "--port", "0", environment=environment, output=output) as endpoint:
            yield local_target(endpoint)


def task_environment(target: Target) -> dict[str, str]:
    """What the stack's task definition gives background_job; nothing where no stack was applied."""
    try:
        outputs = target.outputs
    except NoStateError:
        return {}
    service = target.client("ecs").describe_services(
        cluster=outputs["ecs_cluster_name"], services=[outputs["ecs_background_job_service_name"]]
    )["services"][0]
    return container_environment(target, service["taskDefinition"])


def container_environment(target: Target, task_definition: str) -> dict[str, str]:
    """The variables of a task definition's container."""
    found = target.client("ecs").describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    return {each["name"]: each["value"] for each in found["containerDefinitions"][0].get("environment", [])}
