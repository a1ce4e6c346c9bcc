"""Queue attributes.

What moto gets wrong:
- RedriveAllowPolicy is accepted and never returned, so Terraform waits for it until it times out.
- RedrivePolicy comes back with blanks after the commas, so Terraform sees a difference for ever.
- SetQueueAttributes without Policy deletes the queue's policy.
"""

import json
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue
from moto.sqs.models import Queue


def apply() -> None:
    """Keep and return what was set, the way SQS does."""
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None
    _compact_json_on_read()
    _keep_the_policy_on_write()


def _compact_json_on_read() -> None:
    stock = Queue.attributes.fget

    def attributes(self: Any) -> dict[str, Any]:
        result: dict[str, Any] = stock(self)
        for name in ("RedrivePolicy", "RedriveAllowPolicy"):
            if isinstance(result.get(name), str):
                result[name] = json.dumps(json.loads(result[name]), separators=(",", ":"))
        return result

    Queue.attributes = property(attributes)


def _keep_the_policy_on_write() -> None:
    stock = Queue._set_attributes

    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        changes = dict(attributes)
        if "Policy" not in changes and hasattr(self, "_policy_json"):
            changes["Policy"] = self.policy
        if changes.get("RedriveAllowPolicy") is not None:
            changes["RedriveAllowPolicy"] = _checked_allow_policy(changes["RedriveAllowPolicy"])
        stock(self, changes, now)

    Queue._set_attributes = set_attributes


def _checked_allow_policy(text: str) -> str | None:
    """The policy, or None for an empty one (which removes it). Raises InvalidParameterValue."""
    if not text:
        return None
    try:
        policy = json.loads(text)
        permission = policy.get("redrivePermission")
    except (ValueError, AttributeError):
        permission = None
    if permission not in {"allowAll", "denyAll", "byQueue"}:
        raise InvalidParameterValue(
            f"Value {text} for parameter RedriveAllowPolicy is invalid. "
            "Reason: Amazon SQS can't create the redrive allow policy, as it's in an unsupported format."
        )
    return text
