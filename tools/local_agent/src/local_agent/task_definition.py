"""The parts of a task definition that the agent acts on."""

from dataclasses import dataclass, field, replace
from typing import Any

DEFAULT_STOP_SECONDS, LONGEST_STOP_SECONDS = 30, 120  # Fargate's default and maximum stopTimeout


@dataclass(frozen=True)
class HealthCheck:
    """A container's health check, with ECS's defaults."""

    command: tuple[str, ...]
    interval_seconds: float = 30
    timeout_seconds: float = 5
    retries: int = 3
    start_period_seconds: float = 0


@dataclass(frozen=True)
class ContainerDefinition:
    """One container."""

    name: str
    image: str
    is_essential: bool
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: dict[str, str]
    secrets: dict[str, str]  # environment name to valueFrom
    log_options: dict[str, str] | None  # of the awslogs driver; None for no logging
    stop_timeout_seconds: float
    health_check: HealthCheck | None
    port: int | None = None  # the first that it serves


@dataclass(frozen=True)
class TaskDefinition:
    """One revision of a task definition."""

    arn: str
    task_role_arn: str | None
    execution_role_arn: str | None
    cpu: str | None
    memory: str | None
    containers: tuple[ContainerDefinition, ...] = field(default_factory=tuple)

    @staticmethod
    def parse(shape: dict[str, Any]) -> "TaskDefinition":
        """From the answer of DescribeTaskDefinition."""
        return TaskDefinition(
            arn=shape["taskDefinitionArn"],
            task_role_arn=shape.get("taskRoleArn") or None,
            execution_role_arn=shape.get("executionRoleArn") or None,
            cpu=shape.get("cpu"),
            memory=shape.get("memory"),
            containers=tuple(_container(c) for c in shape["containerDefinitions"]),
        )


def override(container: ContainerDefinition, overrides: dict[str, Any]) -> ContainerDefinition:
    """The container with the command and environment that RunTask gave for it."""
    for given in overrides.get("containerOverrides") or ():
        if given.get("name") == container.name:
            added = {pair["name"]: pair["value"] for pair in given.get("environment") or ()}
            return replace(
                container,
                command=tuple(given.get("command") or container.command),
                environment={**container.environment, **added},
            )
    return container


def _container(shape: dict[str, Any]) -> ContainerDefinition:
    logging = shape.get("logConfiguration") or {}
    stop_seconds = shape.get("stopTimeout", DEFAULT_STOP_SECONDS)
    return ContainerDefinition(
        name=shape["name"],
        image=shape["image"],
        is_essential=shape.get("essential", True),
        entrypoint=tuple(shape.get("entryPoint") or ()),
        command=tuple(shape.get("command") or ()),
        environment={pair["name"]: pair["value"] for pair in shape.get("environment") or ()},
        secrets={pair["name"]: pair["valueFrom"] for pair in shape.get("secrets") or ()},
        log_options=logging.get("options", {}) if logging.get("logDriver") == "awslogs" else None,
        stop_timeout_seconds=min(stop_seconds, LONGEST_STOP_SECONDS),
        health_check=_health_check(shape.get("healthCheck")),
        port=next((mapping["containerPort"] for mapping in shape.get("portMappings") or ()), None),
    )


def _health_check(shape: dict[str, Any] | None) -> HealthCheck | None:
    if not shape or not shape.get("command") or shape["command"][0] == "NONE":
        return None
    return HealthCheck(
        command=tuple(shape["command"]),
        interval_seconds=shape.get("interval") or 30,
        timeout_seconds=shape.get("timeout") or 5,
        retries=shape.get("retries") or 3,
        start_period_seconds=shape.get("startPeriod") or 0,
    )
