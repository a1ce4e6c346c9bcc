"""The environment of a container: what its task definition says, and what ECS adds."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_agent.images import Image
from local_agent.task_definition import ContainerDefinition


@dataclass(frozen=True)
class TaskPlaces:
    """What differs from task to task."""

    folder: Path
    agent_url: str  # http://127.0.0.1:PORT of the agent's own endpoint
    token: str  # names the task in the endpoint's addresses
    credentials_id: str
    has_task_role: bool


def container_environment(
    definition: ContainerDefinition,
    image: Image,
    secrets: Mapping[str, str],
    places: TaskPlaces,
    *,
    endpoint_url: str,
    region: str,
    port: int | None = None,
) -> dict[str, str]:
    """Later entries win: ECS's additions, the image's ENV, the task definition, its secrets, the port.

    Nothing comes from the agent's own environment.
    """
    region = definition.environment.get("AWS_REGION", region)
    additions = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(places.folder / "home"),
        "TMPDIR": str(places.folder / "tmp"),
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "ECS_AGENT_URI": f"{places.agent_url}/api/{places.token}",
        "ECS_CONTAINER_METADATA_URI_V4": f"{places.agent_url}/v4/{places.token}/{definition.name}",
    }
    if places.has_task_role:
        # The full form: the relative one leads to 169.254.170.2, which this machine does not have.
        additions["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = (
            f"{places.agent_url}/v2/credentials/{places.credentials_id}"
        )
    # No container has an address of its own here: two tasks cannot both have the task definition's port.
    here = {} if port is None else {"PORT": str(port), "HOST": "127.0.0.1"}
    return {**additions, **image.environment, **definition.environment, **secrets, **here}
