"""What ECS tells EventBridge: deployments that begin, end or fail, and tasks that change their state.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
"""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from embedded_aws.one_at_a_time import turn_of

DEPLOYMENT_EVENTS = {
    "IN_PROGRESS": ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
    "COMPLETED": ("INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
    "FAILED": ("ERROR", "SERVICE_DEPLOYMENT_FAILED"),
}


def deployment_changed(service: Any, deployment: dict[str, Any]) -> None:
    """Tell of the state that a deployment has now."""
    kind, name = DEPLOYMENT_EVENTS[deployment["rolloutState"]]
    detail = {
        "eventType": kind,
        "eventName": name,
        "deploymentId": deployment["id"],
        "updatedAt": deployment["updatedAt"],
        "reason": deployment["rolloutStateReason"],
    }
    _send("ECS Deployment State Change", service.arn, detail)


def task_changed(shape: dict[str, Any]) -> None:
    """Tell of a task, in the shape of DescribeTasks."""
    _send("ECS Task State Change", shape["taskArn"], shape)


def _send(detail_type: str, resource: str, detail: dict[str, Any]) -> None:
    _, _, _, region, account, _ = resource.split(":", 5)
    event = {
        "Source": "aws.ecs",
        "DetailType": detail_type,
        "Resources": [resource],
        "Detail": json.dumps(detail, default=_iso),
    }
    # A rule may have a target that moto cannot reach; that is no reason for ECS to fail.
    with turn_of("events"), contextlib.suppress(NotImplementedError):
        events_backends[account][region].put_events([event])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
