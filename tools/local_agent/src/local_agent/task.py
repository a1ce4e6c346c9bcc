"""One task: from PROVISIONING to STOPPED."""

import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_agent.container import Container
from local_agent.task_definition import TaskDefinition

# A task without a health check counts as steady when it has run this long.
STEADY_SECONDS = 3.0
ESSENTIAL_EXITED = "Essential container in task exited"


@dataclass(frozen=True)
class Order:
    """What a task was started for."""

    arn: str
    cluster_arn: str
    task_definition_arn: str
    group: str  # service:NAME or family:NAME
    started_by: str  # id of the deployment
    launch: dict[str, Any] = field(
        default_factory=dict
    )  # launchType or capacityProviderName, tags, overrides

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def service_name(self) -> str | None:
        """The service it belongs to; None for a task of its own."""
        kind, _, name = self.group.partition(":")
        return name if kind == "service" else None


class Task:
    """A task and its containers. Only the main loop changes it."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.order, self.folder = order, folder
        self.token = uuid.uuid4().hex
        self.credentials_id = str(uuid.uuid4())
        self.definition: TaskDefinition | None = None
        self.definition_shape: dict[str, Any] | None = None
        self.containers: list[Container] = []
        self.last_status = "PROVISIONING"
        self.times: dict[str, float] = {"createdAt": time.time()}
        self.stop_reason: str | None = None
        self.stop_code: str | None = None
        self.was_steady = False
        self.is_counted = False  # its end was taken into account by its service

    @property
    def is_stopped(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.last_status == "STOPPED"

    @property
    def is_told_to_stop(self) -> bool:
        """Whether somebody wants it to stop, or it stops by itself."""
        return self.stop_reason is not None

    @property
    def health(self) -> str:
        """The worst health of the essential containers that have a health check."""
        judged = [
            c.health for c in self.containers if c.definition.is_essential and c.definition.health_check
        ]
        if "UNHEALTHY" in judged:
            return "UNHEALTHY"
        return "HEALTHY" if judged and all(health == "HEALTHY" for health in judged) else "UNKNOWN"

    def is_steady(self) -> bool:
        """Whether it is up: healthy, or without a health check running for a few seconds."""
        if self.last_status != "RUNNING" or self.is_told_to_stop:
            return False
        if any(c.definition.health_check for c in self.containers if c.definition.is_essential):
            steady = self.health == "HEALTHY"
        else:
            steady = time.time() - self.times["startedAt"] >= STEADY_SECONDS
        self.was_steady = self.was_steady or steady
        return steady

    def running(self) -> None:
        """All containers were started."""
        self.last_status = "RUNNING"
        self.times["startedAt"] = time.time()

    def fail_to_start(self, reason: str) -> None:
        """It cannot run: say why."""
        self.stop(reason, "TaskFailedToStart")

    def stop(self, reason: str, code: str) -> None:
        """Begin to stop: SIGTERM for each container. Said twice, the first reason stays."""
        if self.is_told_to_stop:
            return
        self.stop_reason, self.stop_code = reason, code
        self.times["stoppingAt"] = time.time()
        self.last_status = "STOPPING"
        for container in self.containers:
            container.stop()

    def kill(self) -> None:
        """SIGKILL for everything in it."""
        for container in self.containers:
            container.kill()

    def step(self) -> None:
        """Take in what happened since the last step."""
        if self.is_stopped:
            return
        for container in self.containers:
            container.step()
        if self.last_status == "RUNNING":
            for container in self.containers:
                if container.has_ended and container.definition.is_essential:
                    self.stop(ESSENTIAL_EXITED, "EssentialContainerExited")
        if self.is_told_to_stop and all(container.has_ended for container in self.containers):
            self.last_status = "STOPPED"
            self.times["stoppedAt"] = time.time()
            self.times["executionStoppedAt"] = self.times["stoppedAt"]

    def shape(self) -> dict[str, Any]:
        """As DescribeTasks shows it."""
        shape: dict[str, Any] = {
            "taskArn": self.order.arn,
            "clusterArn": self.order.cluster_arn,
            "taskDefinitionArn": self.order.task_definition_arn,
            "group": self.order.group,
            "startedBy": self.order.started_by,
            "lastStatus": self.last_status,
            "desiredStatus": "STOPPED" if self.is_told_to_stop else "RUNNING",
            "healthStatus": self.health,
            "connectivity": "CONNECTED",
            "connectivityAt": self.times["createdAt"],
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "availabilityZone": availability_zone(self.order.arn),
            "containers": [container.shape(self.order.arn) for container in self.containers],
            "attachments": [],
            "attributes": [],
            "version": 1,
            **self.order.launch,
            **self.times,
        }
        if self.definition is not None:
            shape |= {"cpu": self.definition.cpu, "memory": self.definition.memory}
        if self.stop_reason is not None:
            shape |= {"stoppedReason": self.stop_reason, "stopCode": self.stop_code}
        return shape


def availability_zone(task_arn: str) -> str:
    """Every task is in the first zone of its region."""
    return f"{task_arn.split(':')[3]}a"
