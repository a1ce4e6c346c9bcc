"""Task scale-in protection: UpdateTaskProtection and GetTaskProtection."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.ecs.exceptions import InvalidParameterException

from embedded_aws.ecs import tasks
from embedded_aws.ecs.feed import FEED

DEFAULT_MINUTES, LONGEST_MINUTES = 120, 2880


def update(backend: Any, params: dict[str, Any]) -> dict[str, Any]:
    """UpdateTaskProtection: protect or free tasks; what cannot be done comes back as a failure."""
    minutes = params.get("expiresInMinutes")
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        raise InvalidParameterException(f"expiresInMinutes must be between 1 and {LONGEST_MINUTES}.")
    enabled = bool(params["protectionEnabled"])
    until = datetime.now(UTC) + timedelta(minutes=minutes or DEFAULT_MINUTES) if enabled else None

    def change(task: tasks.ReportedTask) -> dict[str, Any] | None:
        if enabled and (refused := _blocked(backend, task)):
            return refused
        task.protected_until = until
        return None

    answer = _each(backend, params, change)
    FEED.bump()
    return answer


def get(backend: Any, params: dict[str, Any]) -> dict[str, Any]:
    """GetTaskProtection; without task names, all tasks of the cluster's services."""
    return _each(backend, params, lambda _task: None)


def _each(backend: Any, params: dict[str, Any], act: Any) -> dict[str, Any]:
    cluster_name = backend._get_cluster(params["cluster"]).name
    names = params.get("tasks") or [
        arn
        for arn, task in tasks.reported(backend, cluster_name).items()
        if task.last_status == "RUNNING" and task.shape.get("group", "").startswith("service:")
    ]
    protected, failures = [], []
    for name in names:
        task = tasks.find(backend, cluster_name, name)
        failure = _invalid(name, task)
        if task is not None and failure is None:
            failure = act(task)
        if failure:
            failures.append(failure)
        elif task is not None:
            protected.append(_shape(task))
    return {"protectedTasks": protected, "failures": failures}


def _shape(task: tasks.ReportedTask) -> dict[str, Any]:
    if not task.is_protected():
        return {"taskArn": task.task_arn, "protectionEnabled": False}
    return {"taskArn": task.task_arn, "protectionEnabled": True, "expirationDate": task.protected_until}


def _invalid(name: str, task: tasks.ReportedTask | None) -> dict[str, Any] | None:
    """The failure for a task that does not exist, belongs to no service, or does not run."""
    if task is None:
        return {"arn": name, "reason": "MISSING"}
    if not task.shape.get("group", "").startswith("service:"):
        detail = "The task does not belong to a service."
    elif task.last_status == "STOPPED" or task.desired_status == "STOPPED":
        detail = "The task is stopping or has stopped."
    else:
        return None
    return {"arn": task.task_arn, "reason": "TASK_NOT_VALID", "detail": detail}


def _blocked(backend: Any, task: tasks.ReportedTask) -> dict[str, Any] | None:
    """A deployment that replaces the task must not be held up by protection that starts only now."""
    if task.is_protected():
        return None
    name = task.shape["group"].removeprefix("service:")
    cluster_name = task.cluster_arn.rpartition("/")[2]
    service = backend.services.get(f"{cluster_name}:{name}")
    primary = next((d for d in service.deployments if d["status"] == "PRIMARY"), None) if service else None
    if primary is None or task.shape.get("startedBy") == primary["id"]:
        return None
    detail = "A deployment of the service waits for this task to stop."
    return {"arn": task.task_arn, "reason": "DEPLOYMENT_BLOCKED", "detail": detail}
