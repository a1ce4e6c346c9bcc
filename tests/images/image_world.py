"""The AWS that the containers need, with the names that the plan of dev gives it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from contract_world import Aws, Queue

Value = TypeVar("Value")
WAIT_SECONDS = 240


def container_definitions(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Service → the definition of its container, as dev is planned."""
    found = {}
    for change in plan["resource_changes"]:
        if change["type"] == "aws_ecs_task_definition":
            (definition,) = json.loads(change["change"]["after"]["container_definitions"])
            found[definition["name"].replace("-", "_")] = definition
    return found


class World:
    """Queues and stores for both services, on the embedded AWS at `endpoint`."""

    def __init__(self, endpoint: str, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        environments = {
            service: {each["name"]: each["value"] for each in definition["environment"]}
            for service, definition in definitions.items()
        }
        self.aws = Aws(endpoint)
        job = environments["background_job"]
        self.aws.table, self.aws.bucket = job["LEDGER_TABLE"], job["RESULTS_BUCKET"]
        self.aws.job_log_group, self.aws.custom_log_group = job["JOB_LOG_GROUP"], job["CUSTOM_LOG_GROUP"]
        self.aws.make_stores()
        queues = {service: each["QUEUE_URL"].rpartition("/")[2] for service, each in environments.items()}
        self.triggers = Queue(self.aws, queues["main_job"])
        self.jobs = Queue(self.aws, queues["background_job"])


def wait_for(condition: Callable[[], Value | None], what: str) -> Value:
    """The first true value; fails with `what`."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {WAIT_SECONDS} s"
        time.sleep(0.1)
    return value
