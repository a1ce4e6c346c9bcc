"""Import ids that AWS has drawn: asked for by name, or by the tags that every resource of a root carries."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError
from deployment.aws_errors import error_code
from deployment.target import Target

from pipeline.recovery.named import Found, first_beside, value_of
from pipeline.recovery.planned import Planned

_MISSING = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NotFoundException",
    "ClientException",
}
# Type -> (the call of EC2, where its answer holds a list, and the id in an entry).
_TAGGED = {
    "aws_eip": ("describe_addresses", "Addresses", "AllocationId"),
    "aws_flow_log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "aws_internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_nat_gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws_route_table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_security_group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "aws_vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "aws_vpc_endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
}


def known_types() -> set[str]:
    """The types that are looked up here."""
    return {*_TAGGED, *_RULES}


class Lookups:
    """Asks one account; each method named after a type gives its import id, or None where there is none."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __call__(self, resource: Planned, found: Found) -> str | None:
        """The id of a resource whose type is known here. Raises ClientError."""
        if resource.type in _TAGGED:
            return self._tagged(resource)
        rule = _RULES.get(resource.type)
        try:
            return rule(self, resource, found) if rule else None
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise

    def _client(self, service: str) -> Any:
        return self._target.client(service)

    def _tagged(self, resource: Planned) -> str | None:
        """Where two carry the same tags (one is being deleted, say) it is not said which is meant: None."""
        operation, place, name = _TAGGED[resource.type]
        wanted = dict(resource["tags_all"] or {})
        if not wanted:
            return None
        filters = "Filter" if resource.type in {"aws_flow_log", "aws_nat_gateway"} else "Filters"
        given = [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
        return _only(
            entry[name]
            for entry in getattr(self._client("ec2"), operation)(**{filters: given})[place]
            if wanted.items() <= {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}.items()
            and entry.get("State") not in {"deleted", "deleting"}
            and entry.get("GroupName") in {resource["name"], None}
        )

    def _default_security_group(self, resource: Planned, found: Found) -> str | None:
        network = value_of(resource, "vpc_id", found)
        if network is None:
            return None
        filters = [{"Name": "vpc-id", "Values": [network]}, {"Name": "group-name", "Values": ["default"]}]
        groups = self._client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
        return _only(group["GroupId"] for group in groups)

    def _egress_rule(self, resource: Planned, found: Found) -> str | None:
        return self._security_group_rule(resource, found, egress=True)

    def _ingress_rule(self, resource: Planned, found: Found) -> str | None:
        return self._security_group_rule(resource, found, egress=False)

    def _security_group_rule(self, resource: Planned, found: Found, *, egress: bool) -> str | None:
        group = value_of(resource, "security_group_id", found)
        if group is None:
            return None
        filters = [{"Name": "group-id", "Values": [group]}]
        rules = self._client("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return _only(
            rule["SecurityGroupRuleId"]
            for rule in rules
            if rule["IsEgress"] is egress and rule.get("FromPort") == resource["from_port"]
        )

    def _key(self, resource: Planned, found: Found) -> str | None:
        alias = first_beside(resource, "aws_kms_alias", found)
        return alias and str(self._client("kms").describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])

    def _queue(self, resource: Planned, _found: Found) -> str | None:
        return str(self._client("sqs").get_queue_url(QueueName=resource["name"])["QueueUrl"])

    def _task_definition(self, resource: Planned, _found: Found) -> str | None:
        answer = self._client("ecs").describe_task_definition(taskDefinition=resource["family"])
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def _service(self, resource: Planned, found: Found) -> str | None:
        cluster = value_of(resource, "cluster", found)
        return cluster and f"{cluster.rpartition('/')[2]}/{resource['name']}"

    def _query_definition(self, resource: Planned, _found: Found) -> str | None:
        name = resource["name"]
        answer = self._client("logs").describe_query_definitions(queryDefinitionNamePrefix=name)
        ids = [each["queryDefinitionId"] for each in answer["queryDefinitions"] if each["name"] == name]
        return f"{self._arn('logs', 'query-definition:')}{ids[0]}" if len(ids) == 1 else None

    def _topic(self, resource: Planned, _found: Found) -> str | None:
        return self._arn("sns", resource["name"])

    def _subscription(self, resource: Planned, found: Found) -> str | None:
        topic = value_of(resource, "topic_arn", found)
        answer = self._client("sns").list_subscriptions_by_topic(TopicArn=topic) if topic else {}
        subscriptions = answer.get("Subscriptions", [])
        # One that nobody has confirmed has no ARN yet.
        return _only(
            each["SubscriptionArn"]
            for each in subscriptions
            if each["Endpoint"] == resource["endpoint"] and each["SubscriptionArn"].startswith("arn:")
        )

    def _policy(self, resource: Planned, _found: Found) -> str | None:
        return f"arn:{self._partition}:iam::{self._target.account_id}:policy/{resource['name']}"

    def _identity_provider(self, resource: Planned, _found: Found) -> str | None:
        host = resource["url"].removeprefix("https://")
        return f"arn:{self._partition}:iam::{self._target.account_id}:oidc-provider/{host}"

    def _arn(self, service: str, rest: str) -> str:
        region = self._target.session.region_name
        return f"arn:{self._partition}:{service}:{region}:{self._target.account_id}:{rest}"

    @property
    def _partition(self) -> str:
        return str(self._target.session.get_partition_for_region(self._target.session.region_name))


def _only(ids: Iterator[str]) -> str | None:
    known = list(ids)
    return known[0] if len(known) == 1 else None


_RULES: dict[str, Callable[[Lookups, Planned, Found], str | None]] = {
    "aws_cloudwatch_query_definition": Lookups._query_definition,
    "aws_default_security_group": Lookups._default_security_group,
    "aws_ecs_service": Lookups._service,
    "aws_ecs_task_definition": Lookups._task_definition,
    "aws_iam_openid_connect_provider": Lookups._identity_provider,
    "aws_iam_policy": Lookups._policy,
    "aws_kms_key": Lookups._key,
    "aws_sns_topic": Lookups._topic,
    "aws_sns_topic_subscription": Lookups._subscription,
    "aws_sqs_queue": Lookups._queue,
    "aws_vpc_security_group_egress_rule": Lookups._egress_rule,
    "aws_vpc_security_group_ingress_rule": Lookups._ingress_rule,
}
