"""Small plans, as `terraform show -json` gives them."""

from typing import Any

from pipeline.release import Image, Release

TREE = "7" * 40
TAGS = {service: "content-" + digit * 64 for service, digit in (("main_job", "a"), ("background_job", "b"))}
RELEASE = Release("c" * 40, TREE, {service: Image(tag) for service, tag in TAGS.items()})
REAL = {"main_job": "sha256:" + "1" * 64, "background_job": "sha256:" + "2" * 64}
PUBLISHED = Release("c" * 40, TREE, {name: Image(tag, REAL[name]) for name, tag in TAGS.items()})
ALARM = "aws_cloudwatch_metric_alarm.deep"


def entry(
    actions: str,
    before: Any = None,
    after: Any = None,
    *,
    address: str = ALARM,
    mode: str = "managed",
    unknown: Any = None,
    sensitive: Any = False,
    sensitive_before: Any = False,
    replace_paths: Any = None,
    importing: Any = None,
    **more: Any,
) -> dict[str, Any]:
    """One of `resource_changes`; actions by words, e.g. `delete create`."""
    change: dict[str, Any] = {
        "actions": actions.split(),
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        "before_sensitive": sensitive_before,
        "after_sensitive": sensitive,
    }
    if replace_paths:
        change["replace_paths"] = replace_paths
    if importing:
        change["importing"] = importing
    kind, _, name = address.rpartition(".")[0].rpartition(".")[2], "", address.rpartition(".")[2]
    return {"address": address, "mode": mode, "type": kind, "name": name, "change": change} | more


def plan(*entries: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """A plan with these `resource_changes`."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(entries),
        "planned_values": {"root_module": {}},
        "configuration": {"root_module": {}},
    } | parts
