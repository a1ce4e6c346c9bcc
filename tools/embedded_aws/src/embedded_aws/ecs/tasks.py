"""Tasks as the agent reports them, in the shapes of DescribeTasks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.ecs.exceptions import InvalidParameterException

from embedded_aws.ecs import events
from embedded_aws.ecs.feed import FEED

TIMES = ("createdAt", "startedAt", "stoppingAt", "stoppedAt", "pullStartedAt", "pullStoppedAt")
TIMES_SINCE = ("connectivityAt", "executionStoppedAt")
# Stopped tasks stay visible for about an hour on ECS; here, the latest of them.
KEPT_STOPPED = 200


class ReportedTask:
    """One task. `shape` is what DescribeTasks shows; the attributes are those that moto itself reads."""

    container_instance_arn = None

    def __init__(self, shape: dict[str, Any]) -> None:
        self.task_arn: str = shape["taskArn"]
        self.cluster_arn: str = shape["clusterArn"]
        self.tags: list[dict[str, str]] = shape.get("tags", [])
        self.protected_until: datetime | None = None
        self.stop_reason: str | None = None
        self.stop_code: str | None = None
        self.order: dict[str, Any] | None = None  # of a task that the agent has still to take on
        self.shape: dict[str, Any] = {}
        self.update(shape)

    def update(self, shape: dict[str, Any]) -> None:
        """Take over a newer report."""
        self.shape = {**shape, "overrides": shape.get("overrides", {"containerOverrides": []})}
        for name in (*TIMES, *TIMES_SINCE):
            if isinstance(shape.get(name), int | float):
                self.shape[name] = datetime.fromtimestamp(shape[name], UTC)

    @property
    def task_definition_arn(self) -> str:
        """The task definition it runs."""
        return str(self.shape["taskDefinitionArn"])

    @property
    def desired_status(self) -> str:
        """RUNNING, or STOPPED once it was told to stop."""
        return "STOPPED" if self.stop_reason is not None else str(self.shape["desiredStatus"])

    @property
    def last_status(self) -> str:
        """Where it is in the task life cycle."""
        return str(self.shape["lastStatus"])

    def is_protected(self) -> bool:
        """Whether scale-in protection holds now."""
        return self.protected_until is not None and self.protected_until > datetime.now(UTC)

    def describe(self, with_tags: bool = False) -> dict[str, Any]:
        """The task as DescribeTasks shows it."""
        shape = {**self.shape, "desiredStatus": self.desired_status}
        shape["tags"] = self.tags if with_tags else []
        return shape


@dataclass
class Count:
    """How many tasks of a deployment run, are on their way up, and have not stopped yet."""

    running: int = 0
    pending: int = 0
    alive: int = 0


def reported(backend: Any, cluster_name: str) -> dict[str, ReportedTask]:
    """The tasks of a cluster by ARN."""
    tasks: dict[str, ReportedTask] = backend.tasks.setdefault(cluster_name, {})
    return tasks


def counts_by_deployment(backend: Any, service: Any) -> dict[str, Count]:
    """Counts of the service's tasks by the deployment that started them."""
    counts: dict[str, Count] = {}
    group = f"service:{service.name}"
    for task in reported(backend, service.cluster_name).values():
        if task.shape.get("group") != group or task.last_status == "STOPPED":
            continue
        count = counts.setdefault(task.shape.get("startedBy", ""), Count())
        count.alive += 1
        count.running += task.last_status == "RUNNING"
        count.pending += task.last_status in {"PROVISIONING", "PENDING", "ACTIVATING"}
    return counts


def take_over(backend: Any, cluster_name: str, shapes: list[dict[str, Any]], is_snapshot: bool) -> None:
    """Store the agent's reports. In a snapshot, a task that is not mentioned does not exist any more."""
    known = reported(backend, cluster_name)
    for shape in shapes:
        before = known.get(shape["taskArn"])
        status = before.last_status if before else None
        if before:
            before.update(shape)
        else:
            known[shape["taskArn"]] = ReportedTask(shape)
        if status != shape["lastStatus"]:
            events.task_changed(known[shape["taskArn"]].describe())
    if is_snapshot:
        mentioned = {shape["taskArn"] for shape in shapes}
        for arn, task in known.items():
            if arn not in mentioned and task.last_status not in {"STOPPED", "PROVISIONING"}:
                lost = {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedAt": datetime.now(UTC)}
                task.update({**task.shape, **lost, "stoppedReason": "The agent does not know this task."})
    _forget_old(known)


def _forget_old(known: dict[str, ReportedTask]) -> None:
    stopped = [arn for arn, task in known.items() if task.last_status == "STOPPED"]
    for arn in stopped[:-KEPT_STOPPED]:
        del known[arn]


def find(backend: Any, cluster_name: str, name: str) -> ReportedTask | None:
    """The task with this ARN or id."""
    identifier = name.rpartition("/")[2]
    for arn, task in reported(backend, cluster_name).items():
        if arn.rpartition("/")[2] == identifier:
            return task
    return None


def listed(backend: Any, cluster_name: str, params: dict[str, Any]) -> list[ReportedTask]:
    """The tasks that ListTasks names for its parameters; without a desired status, the RUNNING ones."""
    desired_status = params.get("desiredStatus") or "RUNNING"
    found = []
    for task in reported(backend, cluster_name).values():
        family = task.task_definition_arn.rpartition("/")[2].partition(":")[0]
        service_name = (params.get("serviceName") or "").rpartition("/")[2]
        if (
            task.desired_status == desired_status
            and params.get("family") in {None, family}
            and params.get("startedBy") in {None, task.shape.get("startedBy")}
            and (not service_name or task.shape.get("group") == f"service:{service_name}")
            and params.get("launchType") in {None, task.shape.get("launchType")}
            and not params.get("containerInstance")
        ):
            found.append(task)
    return found


def arn_of(cluster: Any, name: str) -> str:
    """The ARN of a task given by ARN or id."""
    return name if name.startswith("arn:") else f"{cluster.arn.replace(':cluster/', ':task/')}/{name}"


def stop(backend: Any, cluster_str: str, name: str, reason: str) -> ReportedTask:
    """StopTask: the agent hears of it and stops the task, protected or not."""
    with FEED.lock:
        task = find(backend, backend._get_cluster(cluster_str).name, name)
        if task is None:
            raise InvalidParameterException("The referenced task was not found.")
        if task.stop_reason is None and task.last_status != "STOPPED":
            task.stop_reason, task.stop_code = reason, "UserInitiated"
            FEED.bump()
        return task
