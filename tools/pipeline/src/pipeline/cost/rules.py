"""What each type of resource costs at rest: how many units of which price."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cost.errors import CostError
from pipeline.cost.prices import Prices
from pipeline.cost.resources import Resource

# A worker that has nothing to do has one long poll of 20 s out, all the time.
_POLLS_PER_HOUR = 180
_CPU_UNITS_PER_VCPU = 1024
_MIB_PER_GB = 1024
# Application Auto Scaling makes two for each target-tracking policy: one to grow, one to shrink.
_ALARMS_OF_TARGET_TRACKING = 2
_ON_DEMAND, _SPOT = "FARGATE", "FARGATE_SPOT"


@dataclass(frozen=True)
class Item:
    """`quantity` units of a price a month; `what` is the arithmetic, for people."""

    price: str
    quantity: float
    what: str


Rule = Callable[[Resource, Sequence[Resource], Prices], Iterable[Item]]


def tasks_at_rest(service: Resource, everything: Sequence[Resource]) -> int:
    """The fewest tasks that scaling leaves, or the desired count where nothing scales the service."""
    for target in (other for other in everything if other.type == "aws_appautoscaling_target"):
        if target.module == service.module:
            return int(target.values["min_capacity"])
    return int(service.values["desired_count"])


def spread(tasks: int, strategy: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Provider → tasks: the base first, then each task where a provider is furthest behind its weight."""
    placed = {share["capacity_provider"]: min(tasks, share.get("base") or 0) for share in strategy}
    above = dict.fromkeys(placed, 0)
    weights = {share["capacity_provider"]: share.get("weight") or 0 for share in strategy}
    for _ in range(tasks - sum(placed.values())):
        weighted = [name for name, weight in weights.items() if weight > 0]
        following = min(weighted, key=lambda name: ((above[name] + 1) / weights[name], name))
        above[following] += 1
    return {name: placed[name] + above[name] for name in placed}


def _service(service: Resource, everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    tasks = tasks_at_rest(service, everything)
    if not tasks:
        return
    task = _task_definition(service, everything)
    vcpu = int(task["cpu"]) / _CPU_UNITS_PER_VCPU
    gb = int(task["memory"]) / _MIB_PER_GB
    hours = prices.hours_per_month
    for provider, count in spread(tasks, service.values.get("capacity_provider_strategy") or []).items():
        # On instances it is the instances that cost.
        if count and provider in (_ON_DEMAND, _SPOT):
            kind = {_ON_DEMAND: "fargate", _SPOT: "fargate_spot"}[provider]
            where = "on demand" if provider == _ON_DEMAND else "Spot"
            yield Item(f"{kind}_vcpu_hour", count * vcpu * hours, f"{count} x {vcpu:g} vCPU {where}")
            yield Item(f"{kind}_gb_hour", count * gb * hours, f"{count} x {gb:g} GB {where}")
    if any(place.get("assign_public_ip") for place in service.values.get("network_configuration", [])):
        yield Item("public_ipv4_hour", tasks * hours, f"{tasks} public addresses of tasks")
    # What is behind a load balancer is asked, and asks no queue.
    if not service.values.get("load_balancer"):
        polls = tasks * _POLLS_PER_HOUR * hours
        yield Item("sqs_request", polls, f"{polls:,} empty polls of {tasks} tasks")


def _task_definition(service: Resource, everything: Sequence[Resource]) -> dict[str, Any]:
    """A first plan does not know which definition a service runs; the one of its own module it is."""
    same_module = [
        dict(other.values)
        for other in everything
        if other.type == "aws_ecs_task_definition" and other.module == service.module
    ]
    if len(same_module) != 1:
        raise CostError(
            f"{service.address} has {len(same_module)} task definitions in its module; one is understood."
        )
    return same_module[0]


def _cluster(cluster: Resource, everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    settings = {entry["name"]: entry["value"] for entry in cluster.values.get("setting", [])}
    if settings.get("containerInsights", "disabled") == "disabled":
        return
    if settings["containerInsights"] != "enabled":
        raise CostError(
            f"{cluster.address} has containerInsights {settings['containerInsights']}; "
            "only disabled and enabled have a price here."
        )
    services = [other for other in everything if other.type == "aws_ecs_service"]
    awake = [service for service in services if tasks_at_rest(service, everything)]
    counts = prices.metrics
    metrics = counts["insights_per_cluster"] + len(services) * counts["insights_per_service"]
    # A family reports its tasks' metrics while there are tasks.
    metrics += len(awake) * counts["insights_per_task_family"]
    yield Item("metric_month", metrics, f"{metrics} metrics of Container Insights")


def _alarm(alarm: Resource, _everything: Sequence[Resource], _prices: Prices) -> Iterable[Item]:
    queries = alarm.values.get("metric_query") or []
    metrics = len([query for query in queries if query.get("metric")]) or 1
    yield Item("alarm_metric_month", metrics, f"{metrics} metric{'s' if metrics > 1 else ''} in an alarm")


def _scaling_policy(policy: Resource, _everything: Sequence[Resource], _prices: Prices) -> Iterable[Item]:
    for tracking in policy.values.get("target_tracking_scaling_policy_configuration") or []:
        metrics = 1
        for custom in tracking.get("customized_metric_specification") or []:
            metrics = len([query for query in custom.get("metrics") or [] if query.get("metric_stat")]) or 1
        alarms = _ALARMS_OF_TARGET_TRACKING
        yield Item("alarm_metric_month", alarms * metrics, f"{alarms} alarms on {metrics} metrics each")


def _endpoint(endpoint: Resource, everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    if endpoint.values.get("vpc_endpoint_type") != "Interface":
        return
    zones = len(
        {
            other.values["availability_zone"]
            for other in everything
            if other.type == "aws_subnet" and other.module == endpoint.module
        }
    )
    yield Item("endpoint_zone_hour", zones * prices.hours_per_month, f"an endpoint in {zones} zones")


def _parameter(parameter: Resource, _everything: Sequence[Resource], _prices: Prices) -> Iterable[Item]:
    if parameter.values.get("tier") == "Advanced":
        yield Item("advanced_parameter_month", 1, "an advanced parameter")


def _load_balancer(balancer: Resource, everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    """With a public address in each zone; how many zones a first plan does not know, so it counts subnets."""
    hours = prices.hours_per_month
    yield Item("load_balancer_hour", hours, "a load balancer")
    if balancer.values.get("internal"):
        return
    subnets = balancer.values.get("subnets") or []
    zones = len(subnets) or _public_zones(everything)
    yield Item("public_ipv4_hour", zones * hours, f"{zones} public addresses of the load balancer")


def _public_zones(everything: Sequence[Resource]) -> int:
    public = [other for other in everything if other.type == "aws_subnet" and ".public" in other.address]
    return len({subnet.values["availability_zone"] for subnet in public})


def _database(database: Resource, _everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    size = database.values["instance_class"]
    price = f"{size.replace('.', '_')}_hour"
    if price not in prices.prices:
        raise CostError(f"{database.address} is a {size}, which has no price here.")
    copies, gb = 2 if database.values.get("multi_az") else 1, database.values["allocated_storage"]
    yield Item(price, copies * prices.hours_per_month, f"{copies} x {size}")
    yield Item("db_storage_gb_month", copies * gb, f"{copies} x {gb} GB of storage")
    if database.values.get("manage_master_user_password"):
        yield Item("secret_month", 1, "the secret of its password")


def _instances(group: Resource, everything: Sequence[Resource], prices: Prices) -> Iterable[Item]:
    """The fewest instances of a group, by the template of its module."""
    templates = [
        other.values
        for other in everything
        if other.type == "aws_launch_template" and other.module == group.module
    ]
    if len(templates) != 1:
        raise CostError(
            f"{group.address} has {len(templates)} launch templates in its module; one is understood."
        )
    size, count = templates[0]["instance_type"], int(group.values["min_size"])
    price = f"ec2_{size.replace('.', '_')}_hour"
    if price not in prices.prices:
        raise CostError(f"{group.address} starts {size}, which has no price here.")
    yield Item(price, count * prices.hours_per_month, f"{count} x {size}")
    gb = sum(
        disk["volume_size"]
        for device in templates[0].get("block_device_mappings") or []
        for disk in device.get("ebs") or []
    )
    yield Item("ebs_gp3_gb_month", count * gb, f"{count} x {gb} GB of disk")


def _by_hour(price: str, what: str) -> Rule:
    return lambda _one, _all, prices: [Item(price, prices.hours_per_month, what)]


def _by_month(price: str, what: str) -> Rule:
    return lambda _one, _all, _prices: [Item(price, 1, what)]


PRICED: dict[str, Rule] = {
    "aws_appautoscaling_policy": _scaling_policy,
    "aws_autoscaling_group": _instances,
    "aws_cloudwatch_composite_alarm": _by_month("composite_alarm_month", "a composite alarm"),
    "aws_cloudwatch_dashboard": _by_month("dashboard_month", "a dashboard"),
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_db_instance": _database,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_service": _service,
    "aws_eip": _by_hour("public_ipv4_hour", "a public address"),
    "aws_kms_key": _by_month("kms_key_month", "a key"),
    "aws_lb": _load_balancer,
    "aws_nat_gateway": _by_hour("nat_gateway_hour", "a NAT gateway"),
    "aws_secretsmanager_secret": _by_month("secret_month", "a secret"),
    "aws_service_discovery_private_dns_namespace": _by_month("hosted_zone_month", "a hosted zone"),
    "aws_ssm_parameter": _parameter,
    "aws_vpc_endpoint": _endpoint,
}
# Cost nothing, or nothing without use: what is stored, sent or written is paid by volume.
FREE_AT_REST = frozenset(
    {
        "aws_appautoscaling_target",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_log_resource_policy",
        "aws_cloudwatch_query_definition",
        "aws_cloudfront_distribution",
        "aws_cloudfront_function",
        "aws_cloudfront_origin_access_control",
        "aws_cloudfront_response_headers_policy",
        "aws_db_parameter_group",
        "aws_db_subnet_group",
        "aws_default_security_group",
        "aws_dynamodb_table",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository",
        "aws_ecr_repository_policy",
        "aws_ecs_capacity_provider",
        "aws_ecs_cluster_capacity_providers",
        "aws_ecs_task_definition",
        "aws_flow_log",
        "aws_iam_instance_profile",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_internet_gateway",
        "aws_kms_alias",
        "aws_kms_key_policy",
        "aws_launch_template",
        "aws_lb_listener",
        "aws_lb_listener_certificate",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_route",
        "aws_route_table",
        "aws_route_table_association",
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_scheduler_schedule",
        "aws_scheduler_schedule_group",
        "aws_security_group",
        "aws_secretsmanager_secret_policy",
        "aws_secretsmanager_secret_version",
        "aws_service_discovery_service",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
        "aws_sqs_queue_redrive_allow_policy",
        "aws_sqs_queue_redrive_policy",
        "aws_subnet",
        "aws_vpc",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "terraform_data",
    }
)
