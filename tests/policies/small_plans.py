"""Plans of a few resources, in the form of `terraform show -json`, to try policies on."""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
ACCOUNT = "111122223333"
DIGEST = "sha256:" + "a" * 64


@dataclass(frozen=True)
class Planned:
    """A resource of a small plan. `refers`: attribute path → references in the code."""

    address: str
    values: Json
    unknown: Json = field(default_factory=dict)
    expressions: Json = field(default_factory=dict)
    actions: tuple[str, ...] = ("create",)
    before: Json | None = None


def small_plan(*resources: Planned, environment: str = "prod", gone: tuple[Planned, ...] = ()) -> Json:
    """A plan of one root without modules; `gone` is deleted and in no code any more."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {
            "outputs": {"environment": {"value": environment}},
            "root_module": {"resources": [_named(item) | {"values": item.values} for item in resources]},
        },
        "resource_changes": [_change(item) for item in (*resources, *gone)],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {}}},
            "root_module": {
                "resources": [_named(item) | {"expressions": item.expressions} for item in resources]
            },
        },
    }


def refers(*references: str) -> Json:
    """What the code says where it refers to something."""
    return {"references": list(references)}


def task_definition(name: str = "worker", role: str | None = None, **container: Any) -> Planned:
    """A task of one container, which works from the queue `orders`; `environment` is added to its own."""
    environment = {
        "AWS_REGION": "us-east-1",
        "ENVIRONMENT": "prod",
        "METRICS_NAMESPACE": "shop-prod",
        "QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders",
        "HEARTBEAT_SECONDS": "10",
        "VISIBILITY_TIMEOUT_SECONDS": "30",
        "DRAIN_TIMEOUT_SECONDS": "90",
        **container.pop("environment", {}),
    }
    definition = {
        "name": name,
        "image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{name}@{DIGEST}",
        "stopTimeout": 120,
        "environment": [
            {"name": key, "value": value} for key, value in environment.items() if value is not None
        ],
        **container,
    }
    return Planned(
        "aws_ecs_task_definition.this",
        {
            "family": f"shop-prod-{name}",
            "container_definitions": json.dumps([definition]),
            "task_role_arn": role and f"arn:aws:iam::{ACCOUNT}:role/{role}",
        },
    )


def queue(label: str, name: str, **values: Any) -> Planned:
    """A queue that keeps messages for four days and hides them for 30 s."""
    return Planned(
        f"aws_sqs_queue.{label}",
        {"name": name, "message_retention_seconds": 345600, "visibility_timeout_seconds": 30, **values},
    )


def changed(item: Planned, **values: Any) -> Planned:
    """The same resource with other values."""
    twin = copy.deepcopy(item)
    twin.values.update(values)
    return twin


def _named(item: Planned) -> Json:
    kind, _, name = item.address.removeprefix("data.").partition(".")
    mode = "data" if item.address.startswith("data.") else "managed"
    return {"address": item.address, "mode": mode, "type": kind, "name": name.partition("[")[0]}


def _change(item: Planned) -> Json:
    is_kept = item.actions != ("delete",)
    return _named(item) | {
        "change": {
            "actions": list(item.actions),
            "before": item.before,
            "after": item.values if is_kept else None,
            "after_unknown": item.unknown,
        }
    }
