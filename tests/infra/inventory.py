"""Everything that an account of the embedded AWS holds, by AWS's own lists."""

from typing import Any

from deployment.target import Target, local_target

# Kind → service, operation, the list in its answer, and what names an entry (None: the entry is the name).
_LISTS: dict[str, tuple[str, str, str, str | None]] = {
    "queue": ("sqs", "list_queues", "QueueUrls", None),
    "task definition": ("ecs", "list_task_definitions", "taskDefinitionArns", None),
    "table": ("dynamodb", "list_tables", "TableNames", None),
    "bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "log group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "log resource policy": ("logs", "describe_resource_policies", "resourcePolicies", "policyName"),
    "saved query": ("logs", "describe_query_definitions", "queryDefinitions", "name"),
    "metric alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "composite alarm": ("cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName"),
    "dashboard": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "subscription": ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "event rule": ("events", "list_rules", "Rules", "Name"),
    "role": ("iam", "list_roles", "Roles", "RoleName"),
    "identity provider": ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    "key alias": ("kms", "list_aliases", "Aliases", "AliasName"),
    "parameter": ("ssm", "describe_parameters", "Parameters", "Name"),
    "secret": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "repository": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "vpc": ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "route table": ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "internet gateway": ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "security group": ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "public address": ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "endpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "load balancer": ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    "target group": ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    "database": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "subnet group": ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "parameter group": ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    "namespace": ("servicediscovery", "list_namespaces", "Namespaces", "Id"),
    "discovery service": ("servicediscovery", "list_services", "Services", "Id"),
    "schedule": ("scheduler", "list_schedules", "Schedules", "Arn"),
    "schedule group": ("scheduler", "list_schedule_groups", "ScheduleGroups", "Arn"),
    "flow log": ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
}
# AWS goes on listing what has ended, for a while: by these states it is told.
_ENDED = {"deleted", "PendingDeletion", "INACTIVE"}


def inventory(endpoint: str, region: str | None = None) -> dict[str, set[str]]:
    """Kind → names of what exists; what AWS only remembers (a key that waits for its end) is left out.

    `region`: another than the product's.
    """
    aws = local_target(endpoint, region=region)
    found = {kind: _names(aws, *how) for kind, how in _LISTS.items()}
    found["key"] = _keys(aws)
    gateways = aws.client("ec2").describe_nat_gateways()["NatGateways"]
    found["nat gateway"] = {gateway["NatGatewayId"] for gateway in gateways if not _ended(gateway)}
    targets = aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    found["scaling target"] = {target["ResourceId"] for target in targets["ScalableTargets"]}
    distributions = aws.client("cloudfront").list_distributions()["DistributionList"]
    found["distribution"] = {each["Id"] for each in distributions.get("Items", [])}
    ecs = aws.client("ecs")
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    found["cluster"] = {cluster["clusterArn"] for cluster in clusters if not _ended(cluster)}
    found["service"] = {
        arn for cluster in found["cluster"] for arn in ecs.list_services(cluster=cluster)["serviceArns"]
    }
    return found


def added(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is in `after` only, without kinds that have nothing new."""
    return {kind: names - before[kind] for kind, names in after.items() if names - before[kind]}


def _names(aws: Target, service: str, operation: str, key: str, name: str | None) -> set[str]:
    client = aws.client(service)
    pages = [getattr(client, operation)()]
    if client.can_paginate(operation):
        pages = list(client.get_paginator(operation).paginate())
    entries = [entry for page in pages for entry in page.get(key, [])]
    return {str(entry[name]) for entry in entries if not _ended(entry)} if name else set(entries)


def _keys(aws: Target) -> set[str]:
    """Customers' keys; those that AWS makes for itself have an alias of AWS's."""
    kms = aws.client("kms")
    aliases = kms.list_aliases()["Aliases"]
    of_aws = {alias["TargetKeyId"] for alias in aliases if alias["AliasName"].startswith("alias/aws/")}
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return {key["KeyId"] for key in keys if not _ended(key)} - of_aws


def _ended(entry: dict[str, Any]) -> bool:
    return any(str(entry.get(field)) in _ENDED for field in ("State", "KeyState", "status"))
