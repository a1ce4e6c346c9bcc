"""RunTask: tasks outside services, handed to the agent."""

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.ecs.exceptions import InvalidParameterException

from embedded_aws.ecs import tasks
from embedded_aws.ecs.feed import FEED

MOST_TASKS = 10  # RunTask starts at most 10 at once


def run(backend: Any, params: dict[str, Any]) -> dict[str, Any]:
    """RunTask. The tasks stay PROVISIONING until an agent takes them on."""
    cluster = backend._get_cluster(params.get("cluster") or "default")
    definition = backend.describe_task_definition(params["taskDefinition"])
    count = int(params.get("count") or 1)
    if not 1 <= count <= MOST_TASKS:
        raise InvalidParameterException(f"count must be between 1 and {MOST_TASKS}.")
    made = [_make(cluster, definition, params) for _ in range(count)]
    known = tasks.reported(backend, cluster.name)
    known.update({task.task_arn: task for task in made})
    FEED.bump()
    return {"tasks": [task.describe(with_tags=True) for task in made], "failures": []}


def _make(cluster: Any, definition: Any, params: dict[str, Any]) -> tasks.ReportedTask:
    arn = f"{cluster.arn.replace(':cluster/', ':task/')}/{uuid.uuid4().hex}"
    strategy = params.get("capacityProviderStrategy")
    launch: dict[str, Any] = {"launchType": params.get("launchType") or "FARGATE"}
    if strategy:
        launch = {"capacityProviderName": strategy[0]["capacityProvider"]}
    launch["overrides"] = params.get("overrides") or {"containerOverrides": []}
    launch["tags"] = params.get("tags") or []
    group = params.get("group") or f"family:{definition.family}"
    started_by = params.get("startedBy") or ""
    shape = {
        "taskArn": arn,
        "clusterArn": cluster.arn,
        "taskDefinitionArn": definition.arn,
        "group": group,
        "startedBy": started_by,
        "lastStatus": "PROVISIONING",
        "desiredStatus": "RUNNING",
        "createdAt": datetime.now(UTC),
        "containers": [],
        **launch,
    }
    task = tasks.ReportedTask(shape)
    task.order = {
        "arn": arn,
        "task_definition_arn": definition.arn,
        "group": group,
        "started_by": started_by,
        "launch": launch,
    }
    return task
