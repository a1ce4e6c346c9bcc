"""What a request needs permission for: IAM actions, resources and condition keys.

IAM does not judge API names. SendMessageBatch needs `sqs:SendMessage`; sending to an encrypted queue also
needs the key. Where a service is not listed here its API name and `*` are judged, as moto does.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from embedded_aws.fixes.iam import ec2, items, keys, named, roles, tags
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
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
}
# Part of an S3 query -> what the IAM action is called, after Get or Put; to remove a setting is to put it.
S3_SETTINGS = {
    "encryption": "EncryptionConfiguration",
    "replication": "ReplicationConfiguration",
    "object-lock": "BucketObjectLockConfiguration",
    "requestPayment": "BucketRequestPayment",
    "ownershipControls": "BucketOwnershipControls",
    "publicAccessBlock": "BucketPublicAccessBlock",
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
    service, _, operation = api.partition(":")
    if service == "s3":
        api = _s3_api(response, api)
    own = _own(response, service, operation, ACTIONS.get(api, api), resource)
    own = _with_tags(response, service, operation, own) + _passed_roles(response, operation)
    return list({str(need): need for need in [*own, *_of_keys(response, own)]}.values())


def _own(response: Any, service: str, operation: str, action: str, resource: str) -> list[Need]:
    """Without what is needed for tags, of roles and of keys."""
    if service == "ec2":
        return [Need(*judged) for judged in ec2.judged(response, operation)]
    if service == "sqs":
        return [Need(action, named.queue(response, _body(response)) or resource)]
    if service == "dynamodb":
        return _tables(response, action)
    if service in _RESOURCES:
        resource = _RESOURCES[service](response, _body(response)) or "*"
    judged = [Need(action, resource, _own_keys(response, service, operation))]
    if service == "kms" and operation in ("CreateAlias", "DeleteAlias", "UpdateAlias"):
        judged.append(Need(action, _arn(response, "kms", str(_body(response).get("AliasName")))))
    return judged


def _of_keys(response: Any, own: list[Need]) -> Iterator[Need]:
    for need in own:
        via = f"{need.action.partition(':')[0]}.{response.region}.amazonaws.com"
        for operation, arn in keys.used(response, need.action, need.resource):
            yield Need(operation, arn, {"kms:viaservice": [via]} | tags.key_tags(response, {}, arn))


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
    """The key, also where the request names it by an alias or makes one for it."""
    if body.get("ResourceARN"):
        return str(body["ResourceARN"])
    return keys.arn(
        response, str(body.get("KeyId") or body.get("TargetKeyId") or body.get("AliasName") or "")
    )


def _tables(response: Any, action: str) -> list[Need]:
    body = _body(response)
    if "TransactItems" in body:
        pairs = {
            (TRANSACTED[kind], str(item["TableName"]))
            for entry in body["TransactItems"]
            for kind, item in entry.items()
        }
    elif "RequestItems" in body:
        return [
            Need(action, _table_arn(response, str(name)), items.item_keys(_operation(action), asked))
            for name, asked in sorted(body["RequestItems"].items())
        ]
    elif body.get("TableName"):
        index = f"/index/{body['IndexName']}" if body.get("IndexName") else ""
        pairs = {(action, f"{body['TableName']}{index}")}
    else:
        return [Need(action, str(body.get("ResourceArn") or "*"))]
    context = items.item_keys(_operation(action), body)
    return [Need(one, _table_arn(response, name), context) for one, name in sorted(pairs)]


def _operation(action: str) -> str:
    return action.partition(":")[2]


def _table_arn(response: Any, name: str) -> str:
    return name if name.startswith("arn:") else _arn(response, "dynamodb", f"table/{name}")


_RESOURCES: dict[str, Callable[[Any, dict[str, Any]], str | None]] = {
    "application-autoscaling": named.scalable_target,
    "ecr": named.repository,
    "ecs": named.ecs,
    "events": named.events,
    "iam": named.iam,
    "kms": _key_arn,
    "logs": _log_arn,
    "monitoring": named.cloudwatch,
    "secretsmanager": named.secret,
    "sns": named.topic,
    "ssm": named.parameter,
}


def _own_keys(response: Any, service: str, operation: str) -> Context:
    """Condition keys that only this service has."""
    if service == "ecs":
        cluster = str(_body(response).get("cluster") or "default").rpartition("/")[2]
        return {"ecs:cluster": [_arn(response, "ecs", f"cluster/{cluster}")]}
    if service == "monitoring":
        namespace = response._get_param("Namespace")
        return {"cloudwatch:namespace": [str(namespace)]} if namespace else {}
    if service == "iam":
        return roles.iam_keys(response, operation)
    if service == "kms":
        return tags.key_tags(response, _body(response), _key_arn(response, _body(response)))
    if service == "s3":
        prefix = parse_qs(response.parsed_url.query).get("prefix")
        return {"s3:prefix": prefix} if prefix else {}
    return {}


def _s3_api(response: Any, api: str) -> str:
    """moto takes a request about a setting that it does not know for one about the bucket."""
    asked = parse_qs(response.parsed_url.query, keep_blank_values=True)
    setting = next((one for one in S3_SETTINGS if one in asked), None)
    if setting is None:
        return api
    return f"s3:{'Get' if response.method == 'GET' else 'Put'}{S3_SETTINGS[setting]}"


def _passed_roles(response: Any, operation: str) -> list[Need]:
    given = _body(response) or {key: value[0] for key, value in response.querystring.items()}
    return [Need("iam:PassRole", arn, keys) for arn, keys in roles.passed_roles(operation, given)]


def _with_tags(response: Any, service: str, operation: str, judged: list[Need]) -> list[Need]:
    """The tagging action on the same resource, where the request tags what it makes."""
    action = tags.tagging_action(response, service, operation, _body(response))
    return [*judged, Need(action, judged[0].resource, judged[0].context)] if action else judged
