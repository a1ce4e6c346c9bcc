"""Create, update and delete services, with every setting that moto drops."""

import time
from datetime import UTC, datetime
from typing import Any

from moto.ecs.exceptions import ECSException, InvalidParameterException, ServiceNotFoundException

from embedded_aws.ecs import deployments, tasks
from embedded_aws.ecs.feed import FEED

Params = dict[str, Any]

# Kept on the service object under the name that DescribeServices uses.
KEPT = (
    "capacityProviderStrategy",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "availabilityZoneRebalancing",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)
RENAMED = {
    "networkConfiguration": "network_configuration",
    "platformVersion": "platform_version",
    "loadBalancers": "load_balancers",
    "serviceRegistries": "service_registries",
    "propagateTags": "propagate_tags",
    "desiredCount": "desired_count",
}
# Without an agent nothing runs, so a deleted service need not wait for its tasks.
AGENT_SILENT_AFTER_SECONDS = 45.0
agent_seen_at: dict[str, float] = {}


def _deployment_configuration(given: Params | None, before: Params | None = None) -> Params:
    """What DescribeServices returns: the given settings over the earlier ones over AWS's defaults."""
    defaults = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }
    return {**defaults, **(before or {}), **(given or {})}


def prepare(backend: Any, cluster_name: str, params: Params) -> None:
    """Refuse a second service of the same name, as ECS does and moto does not."""
    existing = backend.services.get(f"{cluster_name}:{params.get('serviceName')}")
    if existing is not None and existing.status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    if existing is not None and existing.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")


def complete(backend: Any, service: Any, params: Params) -> None:
    """Give a service that moto has just made what it left out, and its first deployment."""
    for name in KEPT:
        setattr(service, name, params.get(name))
    service.enableExecuteCommand = bool(params.get("enableExecuteCommand"))
    service.enableECSManagedTags = bool(params.get("enableECSManagedTags"))
    service.deploymentConfiguration = _deployment_configuration(params.get("deploymentConfiguration"))
    service.created_at = datetime.now(UTC)
    service.createdAt = service.created_at
    service.platformFamily = "Linux"
    strategy = params.get("capacityProviderStrategy")
    if not strategy and not params.get("launchType"):
        strategy = backend._get_cluster(service.cluster_name).default_capacity_provider_strategy
        service.capacityProviderStrategy = strategy or None
    # moto has an empty one, over which the provider of Terraform stumbles: tasks in bridge mode have none.
    service.network_configuration = service.network_configuration or None
    if strategy:
        service.launch_type = None  # DescribeServices shows one or the other
        if _is_of_fargate(strategy):
            service.platform_version = service.platform_version or "LATEST"
    service.deployments = []
    if service.deployment_controller["type"] == "ECS":
        deployments.begin(service)
    deployments.refresh(backend, service)
    FEED.bump()


def _is_of_fargate(strategy: list[Params]) -> bool:
    """Only Fargate has platform versions; instances have what their image has."""
    return all(share["capacityProvider"] in {"FARGATE", "FARGATE_SPOT"} for share in strategy)


def update(backend: Any, params: Params) -> Any:
    """UpdateService: change what is given; start a deployment where ECS would."""
    cluster_name = (params.get("cluster") or "default").rpartition("/")[2]
    backend._get_cluster(cluster_name)
    service = backend.services.get(f"{cluster_name}:{params['service'].rpartition('/')[2]}")
    if service is None:
        raise ServiceNotFoundException
    if service.status != "ACTIVE":
        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    before = _deployed_settings(service)
    _change(backend, service, params)
    primary = deployments.primary_of(service)
    if params.get("forceNewDeployment") or _deployed_settings(service) != before or primary is None:
        deployments.begin(service)
    else:
        primary["updatedAt"] = datetime.now(UTC)
    deployments.refresh(backend, service)
    FEED.bump()
    return service


def _deployed_settings(service: Any) -> list[Any]:
    return [
        service.task_definition,
        *(getattr(service, RENAMED.get(name, name), None) for name in deployments.DEPLOYED[1:]),
    ]


def _change(backend: Any, service: Any, params: Params) -> None:
    if params.get("taskDefinition"):
        service.task_definition = backend.describe_task_definition(params["taskDefinition"]).arn
    for name in KEPT:
        if params.get(name) is not None:
            setattr(service, name, params[name])
    for name, attribute in RENAMED.items():
        if params.get(name) is not None:
            setattr(service, attribute, params[name])
    if params.get("desiredCount") is not None:
        service.desired_count = int(params["desiredCount"])
    if params.get("capacityProviderStrategy"):
        service.launch_type = None
    if params.get("deploymentConfiguration"):
        service.deploymentConfiguration = _deployment_configuration(
            params["deploymentConfiguration"], service.deploymentConfiguration
        )


def delete(backend: Any, cluster_name: str, service_name: str, force: bool) -> Any:
    """DeleteService: DRAINING until the agent has stopped its tasks, then INACTIVE."""
    service = backend._get_service(cluster_name, service_name)
    if service.status != "ACTIVE":
        return service
    if service.desired_count > 0 and not force:
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    service.desired_count = 0
    service.status = "DRAINING"
    settle(backend, service)
    FEED.bump()
    return service


def settle(backend: Any, service: Any) -> None:
    """Bring the counts up to date; a DRAINING service without tasks becomes INACTIVE."""
    deployments.refresh(backend, service)
    if service.status != "DRAINING":
        return
    alive = sum(count.alive for count in tasks.counts_by_deployment(backend, service).values())
    silent_seconds = time.monotonic() - agent_seen_at.get(service.cluster_name, float("-inf"))
    if alive == 0 or silent_seconds > AGENT_SILENT_AFTER_SECONDS:
        service.status = "INACTIVE"
        service.running_count = service.pending_count = 0
        service.deployments = []


def settle_cluster(backend: Any, cluster: Any) -> None:
    """Bring the counts of a cluster and its services up to date."""
    services = [s for s in backend.services.values() if s.cluster_name == cluster.name]
    for service in services:
        settle(backend, service)
    known = [task.last_status for task in tasks.reported(backend, cluster.name).values()]
    cluster.running_tasks_count = known.count("RUNNING")
    cluster.pending_tasks_count = sum(s in {"PROVISIONING", "PENDING", "ACTIVATING"} for s in known)
    cluster.active_services_count = sum(s.status == "ACTIVE" for s in services)
