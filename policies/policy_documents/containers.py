"""What task definitions say of their containers."""

from dataclasses import dataclass
from typing import Any

from policy_documents.plan import Plan, Resource, Unknown


@dataclass(frozen=True)
class Container:
    """One container of a task definition, as ECS takes it."""

    definition: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name in the task."""
        return str(self.definition.get("name"))

    @property
    def environment(self) -> dict[str, str]:
        """The plain variables by name."""
        return {item["name"]: item["value"] for item in self.definition.get("environment") or []}

    @property
    def consumes(self) -> bool:
        """Whether it works from a queue: it is told which, openly or as a secret."""
        secrets = {item["name"] for item in self.definition.get("secrets") or []}
        return "QUEUE_URL" in {*self.environment, *secrets}

    def text(self, variable: str) -> str:
        """A variable's value. Raises Unknown when it is not set, or a secret."""
        try:
            return self.environment[variable]
        except KeyError:
            raise Unknown(f"container {self.name} is not told {variable}") from None

    def seconds(self, variable: str) -> float:
        """A variable as a number of seconds. Raises Unknown when it is not set or not a number."""
        told = self.text(variable)
        try:
            return float(told)
        except ValueError:
            raise Unknown(f"{variable} of container {self.name} is {told!r}, not a number") from None


def containers(task_definition: Resource) -> list[Container]:
    """All containers of a task definition. Raises Unknown when they are not in the plan."""
    return [Container(item) for item in task_definition.document("container_definitions")]


def workers(task_definition: Resource) -> list[Container]:
    """The containers that work from a queue."""
    return [container for container in containers(task_definition) if container.consumes]


def task_definition_of(service: Resource, plan: Plan) -> Resource:
    """The task definition that a service runs, by reference. Raises Unknown when it is not in the plan."""
    found = [
        item for item in plan.referred(service, "task_definition") if item.type == "aws_ecs_task_definition"
    ]
    if len(found) != 1:
        raise Unknown(f"the task definition of {service.address} is not in this plan")
    return found[0]
