"""ARNs of what a request names, for services where moto judges everything against `*`."""

from typing import Any

# Operations on a cluster itself; others that name a cluster are about something in it.
ON_CLUSTERS = {
    "CreateCluster", "DeleteCluster", "DescribeClusters", "PutClusterCapacityProviders", "UpdateCluster",
    "UpdateClusterSettings",
}  # fmt: skip
ON_TARGETS = {"DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget"}
Body = dict[str, Any]


def arn(response: Any, service: str, rest: str) -> str:
    """An ARN of the request's region and account."""
    return f"arn:{response.partition}:{service}:{response.region}:{response.current_account}:{rest}"


def ecs(response: Any, body: Body) -> str | None:
    """A service, task, task definition or cluster."""
    operation = response._get_action()
    if operation == "RegisterTaskDefinition":
        return arn(response, "ecs", f"task-definition/{body.get('family')}:1")
    if operation in ("TagResource", "UntagResource", "ListTagsForResource"):
        return str(body.get("resourceArn") or "*")
    cluster = str(body.get("cluster") or "default").rpartition("/")[2]
    if operation in ON_CLUSTERS:
        named = str(body.get("clusterName") or next(iter(body.get("clusters") or []), cluster))
        return arn(response, "ecs", f"cluster/{named.rpartition('/')[2]}")
    tasks = body.get("tasks") or [body.get("task")]
    services = body.get("services") or [body.get("service") or body.get("serviceName")]
    for kind, given in (("service", services[0]), ("task", tasks[0])):
        if given:
            name = str(given)
            return name if name.startswith("arn:") else arn(response, "ecs", f"{kind}/{cluster}/{name}")
    return None


def iam(response: Any, _body: Body) -> str | None:
    """A role, policy, user or provider, whether it exists or not."""
    for parameter in ("PolicyArn", "OpenIDConnectProviderArn"):
        if response._get_param(parameter) and not response._get_param("RoleName"):
            return str(response._get_param(parameter))
    prefix = f"arn:{response.partition}:iam::{response.current_account}"
    service = response._get_param("AWSServiceName")
    if service:
        return f"{prefix}:role/aws-service-role/{service}/AWSServiceRole"
    for kind in ("Role", "Policy", "User"):
        name = response._get_param(f"{kind}Name")
        if name:
            return f"{prefix}:{kind.lower()}/{name}"
    return None


def events(response: Any, body: Body) -> str | None:
    """A rule of the default bus."""
    name = body.get("Rule") or body.get("Name")
    return str(body.get("ResourceARN") or "") or (arn(response, "events", f"rule/{name}") if name else None)


def cloudwatch(response: Any, _body: Body) -> str | None:
    """An alarm or a dashboard."""
    alarm = response._get_param("AlarmName") or next(iter(response._get_param("AlarmNames") or []), None)
    if alarm:
        return arn(response, "cloudwatch", f"alarm:{alarm}")
    dashboard = response._get_param("DashboardName") or next(
        iter(response._get_param("DashboardNames") or []), None
    )
    if dashboard:
        return f"arn:{response.partition}:cloudwatch::{response.current_account}:dashboard/{dashboard}"
    tagged = response._get_param("ResourceARN")
    return str(tagged) if tagged else None


def scalable_target(response: Any, body: Body) -> str | None:
    """A scalable target; AWS draws its id."""
    if response._get_action() in ON_TARGETS:
        return arn(response, "application-autoscaling", "scalable-target/0")
    return str(body["ResourceARN"]) if body.get("ResourceARN") else None


def parameter(response: Any, body: Body) -> str | None:
    """The first SSM parameter."""
    name = body.get("Name") or next(iter(body.get("Names") or []), None)
    return arn(response, "ssm", f"parameter/{str(name).lstrip('/')}") if name else None


def topic(response: Any, _body: Body) -> str | None:
    """An SNS topic, by ARN or by the name of a new one, or a subscription."""
    named = (response._get_param(one) for one in ("TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn"))
    given = next(filter(None, named), None)
    name = response._get_param("Name")
    return str(given) if given else arn(response, "sns", str(name)) if name else None


def secret(response: Any, body: Body) -> str | None:
    """A secret, by ARN or name."""
    given = str(body.get("SecretId") or "")
    if given.startswith("arn:") or not given:
        return given or None
    found = response.backend.secrets.get(given)
    return str(found.arn) if found else None


def repository(response: Any, body: Body) -> str | None:
    """An image repository."""
    name = body.get("repositoryName") or next(iter(body.get("repositoryNames") or []), None)
    return arn(response, "ecr", f"repository/{name}") if name else body.get("resourceArn")


def queue(response: Any, body: Body) -> str | None:
    """A queue, also one that is not there yet."""
    name = str(body.get("QueueName") or body.get("QueueUrl") or "").rpartition("/")[2]
    return arn(response, "sqs", name) if name else None
