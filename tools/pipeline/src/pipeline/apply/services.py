"""The ECS services of a root, as its state names them, and what ECS says of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
_PRIMARY, _COMPLETED, _FAILED = "PRIMARY", "COMPLETED", "FAILED"


@dataclass(frozen=True)
class Service:
    """A service that Terraform manages; `task_definition` is the one it was given, as `family:revision`."""

    name: str
    cluster: str
    task_definition: str


@dataclass(frozen=True)
class Seen:
    """A service at one moment. `runs` is the task definition (`family:revision`) that ECS moves it to."""

    runs: str
    desired: int
    running: int
    pending: int
    deployments: tuple[dict[str, Any], ...]

    def is_steady_on(self, task_definition: str) -> bool:
        """Whether exactly that runs, and nothing is on its way up or down."""
        return (
            self.runs == task_definition
            and len(self.deployments) == 1
            and self.deployments[0].get("rolloutState", _COMPLETED) == _COMPLETED
            and self.running == self.desired > 0
            and self.pending == 0
        )

    def failure_of(self, task_definition: str) -> str | None:
        """Why the deployment of that task definition has failed, in ECS's words; None while it has not."""
        primary = self.primary()
        if (
            primary.get("taskDefinition", "").endswith(f"/{task_definition}")
            and primary.get("rolloutState") != _FAILED
        ):
            # Tried again: what is left of an earlier deployment of it does not count.
            return None
        for deployment in self.deployments:
            of_it = family_and_revision(deployment["taskDefinition"]) == task_definition
            if of_it and deployment.get("rolloutState") == _FAILED:
                return str(deployment.get("rolloutStateReason") or "the deployment failed")
        return None

    def primary(self) -> dict[str, Any]:
        """The deployment that the service moves to."""
        return next((one for one in self.deployments if one["status"] == _PRIMARY), {})


def services_of(state: dict[str, Any] | None) -> list[Service]:
    """Every service in a Terraform state, by name."""
    found = [
        Service(
            instance["attributes"]["name"],
            instance["attributes"]["cluster"].rpartition("/")[2],
            family_and_revision(instance["attributes"]["task_definition"]),
        )
        for resource in (state or {}).get("resources", [])
        if resource["mode"] == "managed" and resource["type"] == "aws_ecs_service"
        for instance in resource["instances"]
        if "deposed" not in instance
    ]
    return sorted(found, key=lambda service: service.name)


def seen(described: dict[str, Any]) -> Seen:
    """One entry of DescribeServices."""
    return Seen(
        family_and_revision(described["taskDefinition"]),
        described["desiredCount"],
        described["runningCount"],
        described["pendingCount"],
        tuple(described.get("deployments", [])),
    )


def family_and_revision(task_definition: str) -> str:
    """`family:revision` of a task definition, whose ARN may be given."""
    return task_definition.rpartition("/")[2]


def last_stopped(tasks: Iterable[dict[str, Any]], task_definition: str) -> dict[str, Any] | None:
    """Of DescribeTasks' answer, the task of that definition which stopped last."""
    own = [task for task in tasks if family_and_revision(task["taskDefinitionArn"]) == task_definition]
    return max(own, key=lambda task: task["stoppedAt"], default=None) if own else None


def why_it_stopped(task: dict[str, Any]) -> str:
    """ECS's reason, and that of each container which has one: exit code, image that cannot be pulled."""
    reasons = [str(task.get("stoppedReason") or "no reason given")]
    for container in task.get("containers", []):
        told = [str(container["reason"])] if container.get("reason") else []
        if container.get("exitCode"):
            told.append(f"exit code {container['exitCode']}")
        if told:
            reasons.append(f"{container['name']}: {', '.join(told)}")
    return "; ".join(reasons)
