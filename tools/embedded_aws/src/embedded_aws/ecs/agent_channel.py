"""What the local agent and the control plane say to each other, over two internal pages.

ECS's own agent protocol (StartTask orders over a web socket, SubmitTaskStateChange) assumes that the
scheduler sits in the control plane and has no words for deployments and events. Here the agent is the
scheduler, and these pages carry both directions:

`POST /moto-api/ecs-agent/watch`  answers with the wanted state as soon as it differs from `version`
    (a long poll: a change reaches the agent at once, and an idle agent costs a few requests a minute).
`POST /moto-api/ecs-agent/report` takes states of tasks, deployments and events.

Like moto's other `/moto-api` pages they are not signed and stand outside IAM enforcement.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

from moto.ecs.models import ecs_backends

from embedded_aws.ecs import deployments, services, tasks
from embedded_aws.ecs.feed import FEED

LONGEST_WAIT_SECONDS = 30.0
Body = dict[str, Any]


def watch(request: Any, _full_url: str, _headers: Any) -> tuple[int, dict[str, str], str]:
    """The wanted state of a cluster. Body: account, region, cluster, epoch, version, waitSeconds."""
    body = json.loads(request.data)
    if body.get("epoch") == FEED.epoch:
        FEED.wait_beyond(body["version"], min(body.get("waitSeconds", 0), LONGEST_WAIT_SECONDS))
    with FEED.lock:
        backend = ecs_backends[body["account"]][body["region"]]
        services.agent_seen_at[body["cluster"]] = time.monotonic()
        answer = {"epoch": FEED.epoch, "version": FEED.version, **_wanted(backend, body["cluster"])}
    return 200, {"Content-Type": "application/json"}, json.dumps(answer)


def report(request: Any, _full_url: str, _headers: Any) -> tuple[int, dict[str, str], str]:
    """Take states over. Body: account, region, cluster, snapshot, tasks, services."""
    body = json.loads(request.data)
    with FEED.lock:
        backend = ecs_backends[body["account"]][body["region"]]
        services.agent_seen_at[body["cluster"]] = time.monotonic()
        if body["cluster"] in backend.clusters:
            _take_over(backend, body)
    return 200, {"Content-Type": "application/json"}, json.dumps({"epoch": FEED.epoch})


def _take_over(backend: Any, body: Body) -> None:
    tasks.take_over(backend, body["cluster"], body.get("tasks", []), bool(body.get("snapshot")))
    before = _wanted(backend, body["cluster"])
    for entry in body.get("services", []):
        service = backend.services.get(f"{body['cluster']}:{entry['serviceName']}")
        if service is None:
            continue
        for event in entry.get("events", []):
            deployments.add_event(service, event["message"], datetime.fromtimestamp(event["createdAt"], UTC))
        for progress in entry.get("deployments", []):
            deployments.progress(service, progress)
    services.settle_cluster(backend, backend.clusters[body["cluster"]])
    if _wanted(backend, body["cluster"]) != before:
        FEED.bump()


def _wanted(backend: Any, cluster_name: str) -> Body:
    cluster = backend.clusters.get(cluster_name)
    if cluster is None or cluster.status != "ACTIVE":
        return {"clusterArn": None, "services": [], "tasks": []}
    of_cluster = [s for s in backend.services.values() if s.cluster_name == cluster_name]
    return {
        "clusterArn": cluster.arn,
        "services": [_service(s) for s in of_cluster if s.status != "INACTIVE"],
        "tasks": [_task(t) for t in tasks.reported(backend, cluster_name).values() if _is_alive(t)],
    }


def _is_alive(task: tasks.ReportedTask) -> bool:
    return task.last_status != "STOPPED"


def _service(service: Any) -> Body:
    return {
        "serviceName": service.name,
        "serviceArn": service.arn,
        "status": service.status,
        "desiredCount": service.desired_count,
        "deploymentConfiguration": service.deploymentConfiguration,
        "healthCheckGracePeriodSeconds": service.healthCheckGracePeriodSeconds,
        "launchType": service.launch_type,
        "capacityProviderStrategy": service.capacityProviderStrategy,
        "propagateTags": service.propagate_tags,
        "tags": service.tags,
        "networkConfiguration": service.network_configuration or None,
        "deployments": [
            {
                key: deployment[key]
                for key in ("id", "status", "taskDefinition", "rolloutState", "failedTasks")
            }
            for deployment in service.deployments
        ],
    }


def _task(task: tasks.ReportedTask) -> Body:
    until = task.protected_until
    return {
        "taskArn": task.task_arn,
        "order": task.order if task.last_status == "PROVISIONING" else None,
        "stopReason": task.stop_reason,
        "stopCode": task.stop_code,
        "protectedUntil": until.timestamp() if until else None,
    }
