"""Deployment records of a service: made by changes of the service, moved on by the agent's reports."""

import secrets
import uuid
from datetime import UTC, datetime
from typing import Any

from embedded_aws.ecs import events, tasks

Deployment = dict[str, Any]

# A change of one of these starts a deployment, a change of the others does not (UpdateService reference).
DEPLOYED = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "capacityProviderStrategy",
    "loadBalancers",
    "serviceRegistries",
)
KEPT_EVENTS = 100  # DescribeServices returns the latest 100


def begin(service: Any) -> Deployment:
    """Add a new PRIMARY deployment with the service's present settings; older ones become ACTIVE."""
    now = datetime.now(UTC)
    for older in service.deployments:
        older["status"] = "ACTIVE"
    identifier = f"ecs-svc/{secrets.randbelow(10**19):019d}"
    deployment = {
        "id": identifier,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "launchType": service.launch_type,
        "capacityProviderStrategy": getattr(service, "capacityProviderStrategy", None),
        "platformVersion": service.platform_version,
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration or None,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identifier} in progress.",
        "serviceDeployment": secrets.token_urlsafe(16),
    }
    service.deployments = [deployment, *service.deployments]
    service.history = [deployment, *getattr(service, "history", [])][:50]
    events.deployment_changed(service, deployment)
    return deployment


def refresh(backend: Any, service: Any) -> None:
    """Count the tasks of each deployment, and forget replaced deployments that have none left."""
    counts = tasks.counts_by_deployment(backend, service)
    kept = []
    for deployment in service.deployments:
        count = counts.pop(deployment["id"], tasks.Count())
        deployment["runningCount"], deployment["pendingCount"] = count.running, count.pending
        primary = deployment["status"] == "PRIMARY"
        deployment["desiredCount"] = service.desired_count if primary else 0
        if primary or count.alive:
            kept.append(deployment)
        else:
            deployment.setdefault("finishedAt", datetime.now(UTC))
    service.deployments = kept
    service.running_count = sum(d["runningCount"] for d in kept)
    service.pending_count = sum(d["pendingCount"] for d in kept)


def primary_of(service: Any) -> Deployment | None:
    """The deployment that the service moves to."""
    return next((d for d in service.deployments if d["status"] == "PRIMARY"), None)


def progress(service: Any, report: dict[str, Any]) -> None:
    """Take over the agent's report of one deployment: `{"id", "rolloutState", "failedTasks"}`."""
    deployment = next((d for d in service.deployments if d["id"] == report["id"]), None)
    if deployment is None:
        return
    deployment["failedTasks"] = report.get("failedTasks", deployment["failedTasks"])
    state = report.get("rolloutState", deployment["rolloutState"])
    if state == deployment["rolloutState"]:
        return
    deployment["updatedAt"] = datetime.now(UTC)
    deployment["rolloutState"] = state
    if state == "COMPLETED":
        deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
        deployment["finishedAt"] = deployment["updatedAt"]
        service.last_completed = deployment
        events.deployment_changed(service, deployment)
    elif state == "FAILED":
        _fail(service, deployment)


def _fail(service: Any, deployment: Deployment) -> None:
    """End a deployment that the circuit breaker stopped; go back to the last completed one if asked to."""
    deployment["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
    deployment["finishedAt"] = deployment["updatedAt"]
    events.deployment_changed(service, deployment)
    add_event(
        service,
        f"(service {service.name}) (deployment {deployment['id']}) deployment failed: tasks failed to start.",
    )
    breaker = service.deploymentConfiguration["deploymentCircuitBreaker"]
    target = getattr(service, "last_completed", None)
    if not breaker.get("rollback") or target is None or deployment["status"] != "PRIMARY":
        return
    if target["id"] == deployment["id"]:
        return
    deployment["rolledBackTo"] = target["id"]
    deployment["status"] = "ACTIVE"
    others = [d for d in service.deployments if d["id"] not in {deployment["id"], target["id"]}]
    target["status"] = "PRIMARY"
    target["rolloutState"] = "IN_PROGRESS"
    target["rolloutStateReason"] = (
        f"ECS deployment circuit breaker: rolling back to deploymentId {target['id']}."
    )
    target["updatedAt"] = datetime.now(UTC)
    events.deployment_changed(service, target)
    service.deployments = [target, deployment, *others]
    service.task_definition = target["taskDefinition"]
    service.network_configuration = target["networkConfiguration"]
    add_event(service, f"(service {service.name}) rolling back to deployment {target['id']}.")


def add_event(service: Any, message: str, created_at: datetime | None = None) -> None:
    """Put an event in front of the service's events, newest first as DescribeServices lists them."""
    event = {"id": str(uuid.uuid4()), "createdAt": created_at or datetime.now(UTC), "message": message}
    service.events = [event, *service.events][:KEPT_EVENTS]
