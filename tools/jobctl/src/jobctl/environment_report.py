"""What an environment looks like now: queues, services, alarms, the deployed commit, console pages."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError
from deployment.aws_errors import error_code
from deployment.bootstrap import state_bucket_name
from deployment.errors import ToolError
from deployment.target import Target

from jobctl.console_pages import console_address
from jobctl.queues import QUEUES, QueueDepth, read_depths

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_s3 import S3Client

_SERVICES = ("ecs_main_job_service_name", "ecs_background_job_service_name")


@dataclass(frozen=True)
class ServiceState:
    """`digest` is None while the service is not there; `rollout` is ECS's word for its last deployment."""

    name: str
    desired: int
    running: int
    pending: int
    task_definition: str
    digest: str | None
    rollout: str
    deployed_at: str


@dataclass(frozen=True)
class EnvironmentReport:
    """`release`: what the pipeline wrote down, None where it deployed nothing. `consoles`: part → address."""

    environment: str
    queues: dict[str, QueueDepth]
    services: list[ServiceState]
    alarms: list[str]
    release: dict[str, Any] | None
    consoles: dict[str, str]


def report_environment(target: Target) -> EnvironmentReport:
    """Reads it all; receives no message. Lets boto3's errors through."""
    urls = [target.outputs[name] for name in QUEUES]
    cluster = target.outputs["ecs_cluster_name"]
    prefix = cluster.removesuffix("-cluster")
    return EnvironmentReport(
        target.environment,
        dict(zip(urls, read_depths(target), strict=True)),
        _services(target, cluster),
        _alarms(target, prefix),
        _release(target),
        {} if target.is_local else console_links(target.outputs["aws_region"], prefix, cluster, urls),
    )


def console_links(region: str, prefix: str, cluster: str, queue_urls: list[str]) -> dict[str, str]:
    """Pages of the AWS console, in the region's partition."""
    console = console_address(region)
    links = {"ECS": f"{console}/ecs/v2/clusters/{cluster}/services?region={region}"}
    for url in queue_urls:
        name = url.rpartition("/")[2].removeprefix(f"{prefix}-")
        links[f"SQS {name}"] = f"{console}/sqs/v3/home?region={region}#/queues/{quote(url, safe='')}"
    links["CloudWatch"] = f"{console}/cloudwatch/home?region={region}#dashboards/dashboard/{prefix}"
    return links


def _services(target: Target, cluster: str) -> list[ServiceState]:
    ecs: ECSClient = target.client("ecs")
    names = [target.outputs[name] for name in _SERVICES]
    found = {
        each["serviceName"]: each
        for each in ecs.describe_services(cluster=cluster, services=names)["services"]
    }
    return [_service(ecs, name, found.get(name)) for name in names]


def _service(ecs: "ECSClient", name: str, found: Any) -> ServiceState:
    if found is None or found["status"] != "ACTIVE":
        return ServiceState(name, 0, 0, 0, "-", None, "not there", "-")
    definition = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
    last = next(each for each in found["deployments"] if each["status"] == "PRIMARY")
    return ServiceState(
        name,
        found["desiredCount"],
        found["runningCount"],
        found["pendingCount"],
        found["taskDefinition"].rpartition("/")[2],
        definition["containerDefinitions"][0]["image"].partition("@")[2],
        last.get("rolloutState", "UNKNOWN"),
        f"{last['createdAt']:%Y-%m-%d %H:%M:%S %Z}",
    )


def _alarms(target: Target, prefix: str) -> list[str]:
    cloudwatch = target.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return sorted(
        str(alarm["AlarmName"])
        for page in pages
        for alarm in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", []))
        if alarm["StateValue"] == "ALARM"  # the embedded AWS heeds one filter alone
    )


def _release(target: Target) -> dict[str, Any] | None:
    """What `pipeline apply` keeps beside the state."""
    s3: S3Client = target.client("s3")
    account_id = target.account_id or target.client("sts").get_caller_identity()["Account"]
    try:
        answer = s3.get_object(Bucket=state_bucket_name(account_id), Key=f"{target.environment}/release.json")
    except ClientError as error:
        # To who may not list the bucket, S3 reports a missing object as a refusal.
        if error_code(error) in {"NoSuchKey", "AccessDenied", "404", "403"}:
            return None
        raise
    try:
        release: dict[str, Any] = json.loads(answer["Body"].read())
    except ValueError:
        raise ToolError(f"{target.environment}/release.json in the state bucket is no JSON.") from None
    return release
