"""Permissions and condition keys that tags bring along.

What moto gets wrong: it has no aws:RequestTag and aws:ResourceTag, and whoever may make a resource may also
tag it, where AWS wants the service's tagging action too.
"""

from typing import Any

from embedded_aws.fixes.iam.conditions import Context

# Service -> the action that tags on a new resource need, besides the one that makes it.
TAGGING = {
    "dynamodb": "dynamodb:TagResource",
    "ecr": "ecr:TagResource",
    "ecs": "ecs:TagResource",
    "events": "events:TagResource",
    "iam": "iam:TagRole",
    "kms": "kms:TagResource",
    "logs": "logs:TagResource",
    "monitoring": "cloudwatch:TagResource",
    "sns": "sns:TagResource",
    "sqs": "sqs:TagQueue",
}
MAKING = ("Create", "Put", "Register")


def tagging_action(response: Any, service: str, operation: str, body: dict[str, Any]) -> str | None:
    """The action that this request needs for the tags that it puts on what it makes."""
    given = any(body.get(name) for name in ("Tags", "tags")) or any(
        key.startswith(("Tags.", "tags.", "Tag.")) for key in response.querystring
    )
    return TAGGING.get(service) if given and operation.startswith(MAKING) else None


def key_tags(response: Any, body: dict[str, Any], key_arn: str | None) -> Context:
    """Condition keys of what is done to or with a key: the tags that it is given, and those that it has."""
    from moto.kms.models import kms_backends  # noqa: PLC0415  (slow, and only needed under --enforce-iam)

    asked = {f"aws:requesttag/{tag['TagKey'].lower()}": [tag["TagValue"]] for tag in body.get("Tags") or []}
    tagger = kms_backends[response.current_account][response.region].tagger
    has = tagger.get_tag_dict_for_resource(key_arn.rpartition("/")[2]) if key_arn else {}
    return asked | {f"aws:resourcetag/{name.lower()}": [value] for name, value in has.items()}
