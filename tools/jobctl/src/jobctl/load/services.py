"""What runs in the environment: settings and image digests, from the task definitions."""

from typing import TYPE_CHECKING

from deployment.target import Target

from jobctl.load.report import Service

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

_SERVICES = {"main_job": "ecs_main_job_service_name", "background_job": "ecs_background_job_service_name"}


def read_services(target: Target) -> list[Service]:
    """Both services, as far as they are there. Lets boto3's errors through."""
    ecs: ECSClient = target.client("ecs")
    roles = {target.outputs[output]: role for role, output in _SERVICES.items()}
    answer = ecs.describe_services(cluster=target.outputs["ecs_cluster_name"], services=list(roles))
    return [
        _service(ecs, roles[each["serviceName"]], each["taskDefinition"], each["desiredCount"])
        for each in sorted(answer["services"], key=lambda each: list(roles).index(each["serviceName"]))
        if each["status"] == "ACTIVE"
    ]


def _service(ecs: "ECSClient", name: str, arn: str, desired: int) -> Service:
    definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    container = definition["containerDefinitions"][0]
    # Plain settings alone: a secret is in `secrets`, by its address, which is nobody's business either.
    settings = {each["name"]: each["value"] for each in container.get("environment", [])}
    return Service(
        name=name,
        task_definition=arn.rpartition("/")[2],
        image=container["image"].rpartition("/")[2],
        cpu_units=int(definition.get("cpu", 0)),
        memory_mb=int(definition.get("memory", 0)),
        desired_tasks=desired,
        environment=dict(sorted(settings.items())),
    )
