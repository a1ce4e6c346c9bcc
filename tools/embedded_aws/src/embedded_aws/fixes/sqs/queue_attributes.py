"""Queue attributes.

What moto gets wrong:
- RedriveAllowPolicy is accepted and never returned, so Terraform waits for it until it times out.
- RedrivePolicy comes back with blanks after the commas, so Terraform sees a difference for ever.
- SetQueueAttributes without Policy deletes the queue's policy.
- A queue that is made or deleted while another request walks all of them breaks that request.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue
from moto.sqs.models import Queue, SQSBackend

from embedded_aws.fixes.sqs.shelf import LOCK

# Those that change the queues, or look at all of them.
OF_ALL_QUEUES = (
    "create_queue",
    "delete_queue",
    "list_queues",
    "list_dead_letter_source_queues",
    "set_queue_attributes",
)


def apply() -> None:
    """Keep and return what was set, the way SQS does."""
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None
    _compact_json_on_read()
    _keep_the_policy_on_write()
    for name in OF_ALL_QUEUES:
        setattr(SQSBackend, name, _one_at_a_time(getattr(SQSBackend, name)))


def _one_at_a_time(stock: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(stock)
    def alone(self: Any, *args: Any, **kwargs: Any) -> Any:
        with LOCK:
            return stock(self, *args, **kwargs)

    return alone


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
