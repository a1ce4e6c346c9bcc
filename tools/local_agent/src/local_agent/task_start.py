"""What has to be done before a task's processes start: everything that asks AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_agent import container_secrets
from local_agent.awslogs import LogTail
from local_agent.environment import TaskPlaces, container_environment
from local_agent.images import Image, ImageError, find_image
from local_agent.ports import own_port
from local_agent.role_clients import AwsUnreachable, RoleClients, RoleError, is_passing
from local_agent.task import Order
from local_agent.task_definition import ContainerDefinition, TaskDefinition, override

# Of the execution role; tasks with the same role share its clients.
SESSION_NAME = "local-agent"


class StartError(Exception):
    """The task cannot start; the message is its stopped reason."""


@dataclass(frozen=True)
class PreparedContainer:
    """All that is needed to start a container's process."""

    definition: ContainerDefinition
    argv: tuple[str, ...]
    environment: dict[str, str]
    image: Image
    output: Path
    tail: LogTail | None
    port: int | None


@dataclass(frozen=True)
class PreparedTask:
    """A task that is ready to start."""

    shape: dict[str, Any]
    definition: TaskDefinition
    containers: tuple[PreparedContainer, ...]


class TaskPreparer:
    """Prepares tasks. Blocks on AWS: called from worker threads."""

    def __init__(self, clients: RoleClients, images: dict[str, Path], endpoint_url: str, region: str) -> None:
        self._clients, self._images = clients, images
        self._endpoint_url, self._region = endpoint_url, region

    def prepare(self, order: Order, places: TaskPlaces) -> PreparedTask:
        """Raises StartError (the task stops) or AwsUnreachable (try again)."""
        try:
            shape = self._clients.own("ecs").describe_task_definition(
                taskDefinition=order.task_definition_arn
            )
            definition = TaskDefinition.parse(shape["taskDefinition"])
            for role_arn in {definition.task_role_arn, definition.execution_role_arn} - {None}:
                self._clients.check_trust(str(role_arn))
            for name in ("home", "tmp"):
                (places.folder / name).mkdir(parents=True, exist_ok=True)
            places = TaskPlaces(**{**vars(places), "has_task_role": definition.task_role_arn is not None})
            overrides = order.launch.get("overrides") or {}
            containers = tuple(
                self._container(override(c, overrides), definition, places, order.id)
                for c in definition.containers
            )
        except (ImageError, RoleError, container_secrets.SecretError) as error:
            raise StartError(str(error)) from None
        except (ClientError, BotoCoreError) as error:
            if is_passing(error):
                raise AwsUnreachable(str(error)) from None
            raise StartError(f"ResourceInitializationError: {error}") from None
        return PreparedTask(shape["taskDefinition"], definition, containers)

    def client_of(self, service: str, definition: TaskDefinition) -> Callable[[], Any]:
        """Makes clients with the execution role's credentials, as ECS uses them for logs and secrets."""
        return lambda: self._clients.of_role(service, definition.execution_role_arn, SESSION_NAME)

    def _container(
        self, container: ContainerDefinition, definition: TaskDefinition, places: TaskPlaces, task_id: str
    ) -> PreparedContainer:
        image = find_image(self._images, container.image)
        argv = command_of(container, image)
        if not argv:
            raise StartError(f"CannotStartContainerError: {container.image} names no ENTRYPOINT and no CMD.")
        secrets = container_secrets.resolve(
            container.secrets, lambda service: self.client_of(service, definition)()
        )
        port = own_port(container)
        environment = container_environment(
            container, image, secrets, places, endpoint_url=self._endpoint_url, region=self._region, port=port
        )
        output = output_path(places.folder, container.name)
        tail = self._make_tail(container, definition, output, task_id)
        return PreparedContainer(container, argv, environment, image, output, tail, port)

    def _make_tail(
        self, container: ContainerDefinition, definition: TaskDefinition, output: Path, task_id: str
    ) -> LogTail | None:
        """The container's log stream, created if absent; None when it does not use awslogs."""
        options = container.log_options
        if options is None:
            return None
        group, stream = options["awslogs-group"], stream_name(container, task_id)
        client = self.client_of("logs", definition)
        if options.get("awslogs-create-group") == "true":
            _unless_exists(client().create_log_group, logGroupName=group)
        _unless_exists(client().create_log_stream, logGroupName=group, logStreamName=stream)
        return LogTail(output, group, stream, client)


def stream_name(container: ContainerDefinition, task_id: str) -> str:
    """`prefix/container/task`, as the awslogs driver names it."""
    prefix = (container.log_options or {}).get("awslogs-stream-prefix", "ecs")
    return f"{prefix}/{container.name}/{task_id}"


def command_of(container: ContainerDefinition, image: Image) -> tuple[str, ...]:
    """The command line: the task definition's words replace the image's, as in a container runtime."""
    if container.entrypoint:
        return container.entrypoint + container.command
    return image.entrypoint + (container.command or image.command)


def output_path(folder: Path, container_name: str) -> Path:
    """Where a container's stdout and stderr are kept."""
    return folder / f"{container_name}.log"


def _unless_exists(create: Callable[..., Any], **names: str) -> None:
    try:
        create(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
