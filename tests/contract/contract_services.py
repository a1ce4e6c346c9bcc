"""Starts the two services for a test: the environment of the task definition, but short times."""

import itertools
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from contract_processes import Process, RealProcess
from contract_world import REGION, World

MAIN_JOB, BACKGROUND_JOB = "main_job", "background_job"
VISIBILITY_SECONDS = 2
WAIT_SECONDS = 1
DRAIN_SECONDS = 8
# From the environment of the tests; nothing else of it reaches a service.
INHERITED = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV")
_numbers = itertools.count(1)


def environment(
    world: World, module: str, *, endpoint: str = "", settings: Mapping[str, object] | None = None
) -> dict[str, str]:
    """The environment of a service; `endpoint`: the proxy's, where one stands in between."""
    own = world.triggers if module == MAIN_JOB else world.jobs
    env = {
        "AWS_ENDPOINT_URL": endpoint or world.aws.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "QUEUE_URL": own.url,
        "DEAD_LETTER_QUEUE_URL": own.dead_letter_url,
        "SERVICE_NAME": module.replace("_", "-"),
        "ENVIRONMENT": "contract",
        "METRICS_NAMESPACE": "contract",
        "VISIBILITY_TIMEOUT_SECONDS": VISIBILITY_SECONDS,
        "HEARTBEAT_SECONDS": 0.5,
        "WAIT_TIME_SECONDS": WAIT_SECONDS,
        "DRAIN_TIMEOUT_SECONDS": DRAIN_SECONDS,
        "RETRY_BASE_SECONDS": 0.2,
        "RETRY_CAP_SECONDS": 2,
        "CONCURRENCY": 4,
        "MAX_IN_FLIGHT": 20,
        "MAX_MESSAGE_BYTES": 262_144,
    }
    env |= _service_settings(world, module)
    env |= settings or {}
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {name: str(value) for name, value in env.items()}


def _service_settings(world: World, module: str) -> dict[str, object]:
    if module == MAIN_JOB:
        return {"NEXT_QUEUE_URL": world.jobs.url}
    return {
        "MAX_ATTEMPTS": 5,
        "LEDGER_TABLE": world.aws.table,
        "RESULTS_BUCKET": world.aws.bucket,
        "JOB_LOG_GROUP": world.aws.job_log_group,
        "CUSTOM_LOG_GROUP": world.aws.custom_log_group,
        "FAULT_INJECTION": "on",
        "LOG_FLUSH_SECONDS": 0.5,
        "LOG_STREAMS_PER_SECOND": 50,
    }


class Services:
    """Starts services whose output lies in `folder`; `note` makes sure that each is ended after the test."""

    def __init__(self, folder: Path, note: Callable[[Process], Process]) -> None:
        self._folder = folder
        self._note = note
        self.started: list[Process] = []

    def start(self, module: str, env: Mapping[str, str]) -> Process:
        """A real process, `python -m <module>`."""
        env, output = self._place(module, env)
        return self._keep(RealProcess(module, env, output))

    def fork(
        self,
        fork: Callable[[str, Mapping[str, str], Path], Process],
        module: str,
        env: Mapping[str, str],
    ) -> Process:
        """The same, forked from a warm parent (WarmParent.fork)."""
        env, output = self._place(module, env)
        return self._keep(fork(module, env, output))

    def _keep(self, process: Process) -> Process:
        self.started.append(process)
        return self._note(process)

    def _place(self, module: str, env: Mapping[str, str]) -> tuple[dict[str, str], Path]:
        name = f"{module}-{next(_numbers)}"
        health = {"HEALTH_FILE": str(self._folder / f"{name}.health")}
        return health | dict(env), self._folder / f"{name}.log"
