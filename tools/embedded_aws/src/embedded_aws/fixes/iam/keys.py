"""The key of an encrypted queue, table or bucket: whoever uses one of them needs the key as well.

Only keys of the account count; AWS's own may be used by everybody.
"""

from collections.abc import Callable, Iterator
from typing import Any

# What an action does with the key. DynamoDB decrypts a table's key whatever is done with its items.
OPERATIONS = {
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey", "kms:Decrypt"),
    "s3:GetObject": ("kms:Decrypt",),
    **{
        f"dynamodb:{name}": ("kms:Decrypt",)
        for name in (
            *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query", "Scan"),
            *("BatchGetItem", "BatchWriteItem"),
        )
    },
}


def used(response: Any, action: str, resource: str) -> Iterator[tuple[str, str]]:
    """(operation, ARN of the key) for each use of a key that an IAM action on a resource means."""
    if action not in OPERATIONS:
        return
    key = _KEYS[action.partition(":")[0]](response, resource)
    if key and not key.startswith("alias/aws/"):
        for operation in OPERATIONS[action]:
            yield operation, arn(response, key) or "*"


def arn(response: Any, key: str) -> str | None:
    """The ARN of a key by id, ARN or alias; None where there is none."""
    from moto.kms.models import kms_backends  # noqa: PLC0415  (slow, and only needed under --enforce-iam)

    backend = kms_backends[response.current_account][response.region]
    found = backend.keys.get(backend.any_id_to_key_id(key)) if key else None
    return str(found.arn) if found else None


def _of_queue(response: Any, _resource: str) -> str | None:
    queue = response.sqs_backend.queues.get(response._get_queue_name())
    return queue.kms_master_key_id if queue is not None else None


def _of_table(response: Any, resource: str) -> str | None:
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    name = resource.partition(":table/")[2].partition("/")[0]
    table = dynamodb_backends[response.current_account][response.region].tables.get(name)
    settings = table.sse_specification if table is not None else None
    return settings.get("KMSMasterKeyId") if settings and settings.get("Enabled") else None


def of_bucket(response: Any, resource: str) -> str | None:
    """The key that a bucket's objects are encrypted with; None where it is AWS's own."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    name = resource.partition(":::")[2].partition("/")[0]
    bucket = s3_backends[response.current_account][response.partition].buckets.get(name)
    rule = ((bucket.encryption if bucket is not None else None) or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm", "").startswith("aws:kms") else None


_KEYS: dict[str, Callable[[Any, str], str | None]] = {
    "dynamodb": _of_table,
    "s3": of_bucket,
    "sqs": _of_queue,
}
