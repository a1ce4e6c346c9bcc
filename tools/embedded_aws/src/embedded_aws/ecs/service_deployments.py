"""ListServiceDeployments and DescribeServiceDeployments: the history of a service's deployments."""

from typing import Any

from moto.ecs.exceptions import ServiceNotFoundException

STATUS = {"IN_PROGRESS": "IN_PROGRESS", "COMPLETED": "SUCCESSFUL", "FAILED": "STOPPED"}


def listed(backend: Any, params: dict[str, Any]) -> dict[str, Any]:
    """ListServiceDeployments, newest first."""
    name = params["service"].rpartition("/")[2]
    cluster_name = backend._get_cluster(params.get("cluster") or "default").name
    service = backend.services.get(f"{cluster_name}:{name}")
    if service is None:
        raise ServiceNotFoundException
    wanted = params.get("status")
    shapes = [_shape(service, deployment) for deployment in service.history]
    return {"serviceDeployments": [s for s in shapes if not wanted or s["status"] in wanted]}


def described(backend: Any, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeServiceDeployments."""
    by_arn = {
        _arn(service, deployment): _shape(service, deployment)
        for service in backend.services.values()
        for deployment in getattr(service, "history", [])
    }
    arns = params["serviceDeploymentArns"]
    return {
        "serviceDeployments": [by_arn[arn] for arn in arns if arn in by_arn],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in by_arn],
    }


def _arn(service: Any, deployment: dict[str, Any]) -> str:
    base: str = service.arn.replace(":service/", ":service-deployment/")
    return f"{base}/{deployment['serviceDeployment']}"


def _status(service: Any, deployment: dict[str, Any]) -> str:
    if "rolledBackTo" in deployment:
        target = next((d for d in service.deployments if d["id"] == deployment["rolledBackTo"]), None)
        under_way = target is not None and target["rolloutState"] == "IN_PROGRESS"
        return "ROLLBACK_IN_PROGRESS" if under_way else "ROLLBACK_SUCCESSFUL"
    if deployment["status"] != "PRIMARY" and deployment["rolloutState"] == "IN_PROGRESS":
        return "STOPPED"  # replaced by a newer one before it was done
    return STATUS[deployment["rolloutState"]]


def _shape(service: Any, deployment: dict[str, Any]) -> dict[str, Any]:
    revision = {
        "arn": _arn(service, deployment).replace(":service-deployment/", ":service-revision/"),
        "requestedTaskCount": deployment["desiredCount"],
        "runningTaskCount": deployment["runningCount"],
        "pendingTaskCount": deployment["pendingCount"],
    }
    breaker = service.deploymentConfiguration["deploymentCircuitBreaker"]
    return {
        "serviceDeploymentArn": _arn(service, deployment),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": deployment["createdAt"],
        "startedAt": deployment["createdAt"],
        "updatedAt": deployment["updatedAt"],
        "finishedAt": deployment.get("finishedAt"),
        "targetServiceRevisionArn": revision["arn"],
        "targetServiceRevision": revision,
        "status": _status(service, deployment),
        "statusReason": deployment["rolloutStateReason"],
        "deploymentConfiguration": service.deploymentConfiguration,
        "deploymentCircuitBreaker": {
            "status": "DISABLED" if not breaker.get("enable") else "MONITORING",
            "failureCount": deployment["failedTasks"],
            "threshold": 3,
        },
    }
