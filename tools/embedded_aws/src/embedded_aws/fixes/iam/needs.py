"""What a request needs permission for: IAM actions, resources and condition keys.

IAM does not judge API names. SendMessageBatch needs `sqs:SendMessage`; sending to an encrypted queue also
needs the key. Where a service is not listed here its API name and `*` are judged, as moto does.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.fixes.iam import keys
from embedded_aws.fixes.iam.conditions import Context

# API name -> IAM action (service authorization reference).
ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
}
TRANSACTED = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}


@dataclass(frozen=True)
class Need:
    """One action on one resource, with condition keys of its own."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


def needs(response: Any, api: str, resource: str) -> list[Need]:
    """Everything that must be allowed for moto's `response` object to answer `api` ("sqs:SendMessage").

    `resource` is what moto made out: an ARN, or "*" where it does not know.
    """
    own = _own(response, api.partition(":")[0], ACTIONS.get(api, api), resource)
    return list({str(need): need for need in [*own, *_of_keys(response, own)]}.values())


def _own(response: Any, service: str, action: str, resource: str) -> list[Need]:
    """Without what is needed of keys."""
    if service == "sqs":
        return [Need(action, resource)]
    if service == "dynamodb":
        return _tables(response, action)
    if service in _RESOURCES:
        resource = _RESOURCES[service](response, _body(response)) or "*"
    return [Need(action, resource, _own_keys(response, service))]


def _of_keys(response: Any, own: list[Need]) -> Iterator[Need]:
    for need in own:
        via = f"{need.action.partition(':')[0]}.{response.region}.amazonaws.com"
        for operation, arn in keys.used(response, need.action, need.resource):
            yield Need(operation, arn, {"kms:viaservice": [via]})


def _body(response: Any) -> dict[str, Any]:
    try:
        body = json.loads(response.raw_body or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _arn(response: Any, service: str, rest: str) -> str:
    return f"arn:{response.partition}:{service}:{response.region}:{response.current_account}:{rest}"


def _log_arn(response: Any, body: dict[str, Any]) -> str:
    """Group-level operations are judged with an empty stream, which `log-group:NAME:*` matches."""
    tagged = body.get("resourceArn")
    if tagged:
        return str(tagged).removesuffix(":*")
    identifier = str(body.get("logGroupIdentifier") or "")
    group = body.get("logGroupName") or identifier.rpartition("log-group:")[2].removesuffix(":*")
    return _arn(response, "logs", f"log-group:{group}:log-stream:{body.get('logStreamName') or ''}")


def _key_arn(response: Any, body: dict[str, Any]) -> str | None:
    return keys.arn(response, str(body.get("KeyId") or ""))


def _tables(response: Any, action: str) -> list[Need]:
    body = _body(response)
    if "TransactItems" in body:
        pairs = {
            (TRANSACTED[kind], str(item["TableName"]))
            for entry in body["TransactItems"]
            for kind, item in entry.items()
        }
    elif "RequestItems" in body:
        pairs = {(action, str(name)) for name in body["RequestItems"]}
    elif body.get("TableName"):
        index = f"/index/{body['IndexName']}" if body.get("IndexName") else ""
        pairs = {(action, f"{body['TableName']}{index}")}
    else:
        return [Need(action, str(body.get("ResourceArn") or "*"))]
    return [
        Need(one, name if name.startswith("arn:") else _arn(response, "dynamodb", f"table/{name}"))
        for one, name in sorted(pairs)
    ]


def _ecs_arn(response: Any, body: dict[str, Any]) -> str | None:
    cluster = str(body.get("cluster") or "default").rpartition("/")[2]
    tasks = body.get("tasks") or [body.get("task")]
    for kind, given in (("service", body.get("service") or body.get("serviceName")), ("task", tasks[0])):
        if given:
            name = str(given)
            return name if name.startswith("arn:") else _arn(response, "ecs", f"{kind}/{cluster}/{name}")
    services = body.get("services")
    if services:
        return _ecs_arn(response, {"cluster": cluster, "service": services[0]})
    return None


def _parameter_arn(response: Any, body: dict[str, Any]) -> str | None:
    name = body.get("Name") or next(iter(body.get("Names") or []), None)
    return _arn(response, "ssm", f"parameter/{str(name).lstrip('/')}") if name else None


def _topic_arn(response: Any, _body: dict[str, Any]) -> str | None:
    topic = response._get_param("TopicArn") or response._get_param("TargetArn")
    return str(topic) if topic else None


def _secret_arn(response: Any, body: dict[str, Any]) -> str | None:
    given = str(body.get("SecretId") or "")
    if given.startswith("arn:") or not given:
        return given or None
    secret = response.backend.secrets.get(given)
    return str(secret.arn) if secret else None


def _repository_arn(response: Any, body: dict[str, Any]) -> str | None:
    name = body.get("repositoryName")
    return _arn(response, "ecr", f"repository/{name}") if name else None


_RESOURCES: dict[str, Callable[[Any, dict[str, Any]], str | None]] = {
    "ecr": _repository_arn,
    "ecs": _ecs_arn,
    "kms": _key_arn,
    "logs": _log_arn,
    "secretsmanager": _secret_arn,
    "sns": _topic_arn,
    "ssm": _parameter_arn,
}


def _own_keys(response: Any, service: str) -> Context:
    """Condition keys that only this service has."""
    if service == "ecs":
        cluster = str(_body(response).get("cluster") or "default").rpartition("/")[2]
        return {"ecs:cluster": [_arn(response, "ecs", f"cluster/{cluster}")]}
    if service == "monitoring":
        namespace = response._get_param("Namespace")
        return {"cloudwatch:namespace": [str(namespace)]} if namespace else {}
    return {}
