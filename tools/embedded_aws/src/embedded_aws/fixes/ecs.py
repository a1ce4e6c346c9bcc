"""ECS: services keep their settings, deployments are recorded, tasks are those that the agent runs.

Stock moto drops capacityProviderStrategy, enableExecuteCommand, enableECSManagedTags and
deploymentConfiguration (Terraform then replaces the service in every plan), claims that every wanted
task runs, changes a deployment in place, and knows neither task protection nor service deployments.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import urls as internal_pages

from embedded_aws.ecs import agent_channel, protection, run_task, service_deployments, services, tasks
from embedded_aws.ecs.feed import FEED

stock = {
    name: getattr(EC2ContainerServiceBackend, name)
    for name in (
        "create_service",
        "describe_services",
        "describe_clusters",
        "list_services",
        "delete_cluster",
    )
}


def apply() -> None:
    """Change moto's ECS in place and add the agent's two pages."""
    for function in (create_service, describe_services, describe_clusters, list_services, delete_cluster):
        setattr(EC2ContainerServiceBackend, function.__name__, function)
    EC2ContainerServiceBackend.update_service = update_service_by_attributes
    EC2ContainerServiceBackend.delete_service = services.delete
    EC2ContainerServiceBackend.stop_task = tasks.stop
    # moto's own tasks run nowhere; they would stand among those of the agent.
    EC2ContainerServiceBackend.run_task = not_here
    EC2ContainerServiceBackend.start_task = not_here
    for answer in (
        create_service_answer,
        update_service_answer,
        list_tasks_answer,
        describe_tasks_answer,
        run_task_answer,
        stop_task_answer,
        update_task_protection_answer,
        get_task_protection_answer,
        list_service_deployments_answer,
        describe_service_deployments_answer,
    ):
        setattr(EC2ContainerServiceResponse, answer.__name__.removesuffix("_answer"), answer)
    internal_pages.url_paths["{0}/moto-api/ecs-agent/watch"] = agent_channel.watch
    internal_pages.url_paths["{0}/moto-api/ecs-agent/report"] = agent_channel.report


def not_here(*_args: Any, **_kwargs: Any) -> Any:
    """Backend method of StartTask and of scaled task sets."""
    raise NotImplementedError("tasks are started by services and RunTask only")


def create_service(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Backend method: what CloudFormation calls too, without the settings that only the API carries."""
    with FEED.lock:
        service = stock["create_service"](self, *args, **kwargs)
        services.complete(self, service, {"launchType": service.launch_type})
        return service


def update_service_by_attributes(self: Any, properties: dict[str, Any]) -> Any:
    """Backend method: CloudFormation's way in, with moto's attribute names."""
    names = {"task_definition": "taskDefinition", "desired_count": "desiredCount"}
    with FEED.lock:
        return services.update(self, {names.get(key, key): value for key, value in properties.items()})


def describe_services(self: Any, cluster_str: str, service_names_or_arns: list[str]) -> Any:
    """Backend method: with counts that are true now."""
    with FEED.lock:
        found, failures = stock["describe_services"](self, cluster_str, service_names_or_arns)
        for service in found:
            services.settle(self, service)
        return found, failures


def describe_clusters(self: Any, cluster_names: list[str]) -> Any:
    """Backend method: with counts that are true now."""
    with FEED.lock:
        found, failures = stock["describe_clusters"](self, cluster_names)
        for cluster in found:
            services.settle_cluster(self, cluster)
        return found, failures


def list_services(self: Any, cluster_str: str, *args: Any, **kwargs: Any) -> list[str]:
    """Backend method: without the services that are gone."""
    gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
    return [arn for arn in stock["list_services"](self, cluster_str, *args, **kwargs) if arn not in gone]


def delete_cluster(self: Any, cluster_str: str) -> Any:
    """Backend method: the agent hears of it."""
    with FEED.lock:
        cluster = stock["delete_cluster"](self, cluster_str)
        FEED.bump()
        return cluster


def create_service_answer(self: Any) -> Any:
    """CreateService."""
    params = dict(self._get_params())
    cluster_name = (params.get("cluster") or "default").rpartition("/")[2]
    backend = self.ecs_backend
    with FEED.lock:
        services.prepare(backend, cluster_name, params)
        service = stock["create_service"](
            backend,
            cluster_name,
            params["serviceName"],
            params.get("desiredCount"),
            task_definition_str=params.get("taskDefinition"),
            load_balancers=params.get("loadBalancers"),
            scheduling_strategy=params.get("schedulingStrategy"),
            tags=params.get("tags"),
            deployment_controller=params.get("deploymentController"),
            launch_type=params.get("launchType"),
            network_configuration=params.get("networkConfiguration"),
            service_registries=params.get("serviceRegistries"),
            platform_version=params.get("platformVersion"),
            propagate_tags=params.get("propagateTags") or "NONE",
            role_arn=params.get("role"),
        )
        services.complete(backend, service, params)
        return ActionResult({"service": service})


def update_service_answer(self: Any) -> Any:
    """UpdateService."""
    with FEED.lock:
        return ActionResult({"service": services.update(self.ecs_backend, dict(self._get_params()))})


def list_tasks_answer(self: Any) -> Any:
    """ListTasks."""
    params = dict(self._get_params())
    with FEED.lock:
        cluster = self.ecs_backend._get_cluster(params.get("cluster") or "default")
        found = tasks.listed(self.ecs_backend, cluster.name, params)
        return ActionResult({"taskArns": [task.task_arn for task in found]})


def describe_tasks_answer(self: Any) -> Any:
    """DescribeTasks."""
    params = dict(self._get_params())
    with FEED.lock:
        cluster = self.ecs_backend._get_cluster(params.get("cluster") or "default")
        if not params.get("tasks"):
            raise InvalidParameterException("Tasks cannot be empty.")
        found, failures = [], []
        for name in params["tasks"]:
            task = tasks.find(self.ecs_backend, cluster.name, name)
            if task is None:
                failures.append({"arn": tasks.arn_of(cluster, name), "reason": "MISSING"})
            else:
                found.append(task.describe("TAGS" in (params.get("include") or [])))
        return ActionResult({"tasks": found, "failures": failures})


def run_task_answer(self: Any) -> Any:
    """RunTask."""
    with FEED.lock:
        return ActionResult(run_task.run(self.ecs_backend, dict(self._get_params())))


def stop_task_answer(self: Any) -> Any:
    """StopTask."""
    params = dict(self._get_params())
    reason = params.get("reason") or "Task stopped by user"
    task = tasks.stop(self.ecs_backend, params.get("cluster") or "default", params["task"], reason)
    return ActionResult({"task": task.describe()})


def update_task_protection_answer(self: Any) -> Any:
    """UpdateTaskProtection."""
    with FEED.lock:
        return ActionResult(protection.update(self.ecs_backend, dict(self._get_params())))


def get_task_protection_answer(self: Any) -> Any:
    """GetTaskProtection."""
    with FEED.lock:
        return ActionResult(protection.get(self.ecs_backend, dict(self._get_params())))


def list_service_deployments_answer(self: Any) -> Any:
    """ListServiceDeployments."""
    with FEED.lock:
        return ActionResult(service_deployments.listed(self.ecs_backend, dict(self._get_params())))


def describe_service_deployments_answer(self: Any) -> Any:
    """DescribeServiceDeployments."""
    with FEED.lock:
        return ActionResult(service_deployments.described(self.ecs_backend, dict(self._get_params())))
