"""What is simulated: the values that Terraform deploys, read from its files, and what is assumed of AWS."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = REPOSITORY / "infra/modules"
WORKER = MODULES / "worker_service"


class MissingValue(Exception):
    """The Terraform files do not hold a value that the simulation needs."""


@dataclass(frozen=True)
class Scaling:
    """How a service scales: the variable `scaling` of worker_service, and the worker's own settings."""

    min_tasks: int
    max_tasks: int
    acceptable_wait_seconds: float
    mean_job_seconds: float
    concurrency: int
    scale_out_cooldown_seconds: int
    scale_in_cooldown_seconds: int
    wake_cooldown_seconds: int
    wake_minutes: int
    busy_target_percent: float
    drain_timeout_seconds: int

    @property
    def target_backlog_per_task(self) -> float:
        """Messages behind one task that are just acceptable."""
        return self.acceptable_wait_seconds / self.mean_job_seconds * self.concurrency


def deployed_scaling() -> Scaling:
    """The background job with the defaults of the modules."""
    scaling = WORKER / "variables_scaling.tf"
    jobs = MODULES / "stack/jobs.tf"
    return Scaling(
        min_tasks=int(_default(scaling, "min_tasks")),
        max_tasks=int(_default(scaling, "max_tasks")),
        acceptable_wait_seconds=_of_background_job("acceptable_wait_seconds"),
        mean_job_seconds=_of_background_job("mean_job_seconds"),
        concurrency=int(_number(jobs, r'module "background_job" \{.*?\bconcurrency = (\d+)')),
        scale_out_cooldown_seconds=int(_default(scaling, "scale_out_cooldown_seconds")),
        scale_in_cooldown_seconds=int(_default(scaling, "scale_in_cooldown_seconds")),
        wake_cooldown_seconds=int(_default(scaling, "wake_cooldown_seconds")),
        wake_minutes=int(_number(WORKER / "autoscaling.tf", r"datapoints_to_alarm\s*= (\d+)")),
        busy_target_percent=_default(scaling, "busy_target_percent"),
        drain_timeout_seconds=int(_default(WORKER / "variables.tf", "drain_timeout_seconds")),
    )


def _default(file: Path, name: str) -> float:
    return _number(file, rf"\b{name}\s*= optional\(number, ([\d.]+)\)")


def _of_background_job(name: str) -> float:
    pattern = rf"background_job = optional\(object\(\{{.*?\b{name}\s*= optional\(number, ([\d.]+)\)"
    return _number(MODULES / "stack/variables.tf", pattern)


def _number(file: Path, pattern: str) -> float:
    found = re.search(pattern, file.read_text(), re.DOTALL)
    if not found:
        raise MissingValue(f"{file.relative_to(REPOSITORY)} holds nothing like {pattern}")
    return float(found[1])


class Assumed(NamedTuple):
    """A figure about AWS, or about the world, with where it comes from."""

    value: int
    what: str
    source: str


ECS_GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
SCALING_GUIDE = "https://docs.aws.amazon.com/autoscaling/application/userguide"
SQS_GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"

SQS_METRIC_DELAY_SECONDS = Assumed(
    60, "seconds from the end of a minute until its SQS metrics can be read", "assumption"
)
INSIGHTS_DELAY_SECONDS = Assumed(
    120,
    "seconds until those of Container Insights can be read; later than SQS, the unfavourable order",
    "assumption",
)
SLEEP_AFTER_SECONDS = Assumed(
    6 * 3600,
    "seconds without messages and calls until SQS stops publishing metrics of a queue",
    f"{SQS_GUIDE}/monitoring-using-cloudwatch.html",
)
WAKE_LAG_SECONDS = Assumed(
    15 * 60,
    "seconds until metrics of such a queue return; AWS says up to this long",
    f"{SQS_GUIDE}/monitoring-using-cloudwatch.html",
)
HIGH_MINUTES = Assumed(
    3,
    "minutes in a row above the target before target tracking adds tasks",
    f"{ECS_GUIDE}/service-autoscaling-targettracking.html and the alarms that it creates",
)
LOW_MINUTES = Assumed(
    15,
    "minutes in a row below 90 % of the target before it takes tasks away",
    f"{ECS_GUIDE}/service-autoscaling-targettracking.html and the alarms that it creates",
)
TASK_START_SECONDS = Assumed(
    60, "seconds from a higher desired count until the new task receives", "assumption; 40 to 60 are usual"
)
DEFAULT_STOP_TIMEOUT_SECONDS = Assumed(
    30,
    "seconds until SIGKILL where nothing else is set: the plain policy's tasks finish what ends by then",
    f"{ECS_GUIDE}/task_definition_parameters.html",
)
ASSUMPTIONS = (
    SQS_METRIC_DELAY_SECONDS,
    INSIGHTS_DELAY_SECONDS,
    SLEEP_AFTER_SECONDS,
    WAKE_LAG_SECONDS,
    HIGH_MINUTES,
    LOW_MINUTES,
    TASK_START_SECONDS,
    DEFAULT_STOP_TIMEOUT_SECONDS,
)
