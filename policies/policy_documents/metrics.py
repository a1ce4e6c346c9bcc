"""The metrics that exist: AWS's from a list with its sources, ours as the services write them."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from policy_documents.containers import containers
from policy_documents.plan import Plan, Resource, Unknown

_FOLDER = Path(__file__).resolve().parents[1]
# Where a dimension's value comes from: it names something that this plan must have.
_NAMED_BY = {
    "QueueName": ("aws_sqs_queue", "name"),
    "ClusterName": ("aws_ecs_cluster", "name"),
    "ServiceName": ("aws_ecs_service", "name"),
    "TaskDefinitionFamily": ("aws_ecs_task_definition", "family"),
}


@dataclass(frozen=True)
class Metric:
    """One metric that somebody watches; `comes_later`: the plan does not know its dimensions yet."""

    namespace: str
    name: str
    dimensions: dict[str, str | None]
    comes_later: bool = False

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in sorted(self.dimensions.items()))
        nothing = "dimensions known after the apply only" if self.comes_later else "no dimensions"
        return f"{self.namespace} {self.name} ({inside or nothing})"


def why_missing(metric: Metric, plan: Plan) -> str | None:
    """Why nothing ever writes the metric; None if it is known to exist."""
    if metric.namespace in _aws():
        return _unknown_to_aws(metric) or _unnamed(metric, plan)
    if _is_filtered(metric, plan):
        return None
    written = _ours(plan).get((metric.namespace, metric.dimensions.get("Service")))
    if written is None or set(metric.dimensions) != {"Service"}:
        return "neither AWS nor a metric filter or service of this plan writes it with these dimensions"
    return None if metric.name in written else f"the service writes only {', '.join(written)}"


def _unknown_to_aws(metric: Metric) -> str | None:
    listed = _aws()[metric.namespace]
    sets = listed["metrics"].get(metric.name)
    if sets is None:
        return f"policies/aws_metrics.yaml lists no such metric of {metric.namespace}"
    if metric.comes_later and listed.get("drawn"):
        return None
    if sorted(metric.dimensions) not in [sorted(dimensions) for dimensions in sets]:
        return f"AWS writes it with the dimensions {' or '.join(map(str, sets))}"
    return None


def metrics_of_alarm(alarm: Resource) -> list[Metric]:
    """All metrics that an alarm reads, in metric math too. Raises Unknown when they are not in the plan."""
    queries = alarm.known("metric_query") or []
    later = alarm.unknown.get("metric_query") or [{}] * len(queries)
    read = [
        (metric, unknown)
        for query, unknowns in zip(queries, later, strict=True)
        for metric, unknown in zip(query.get("metric") or [], _blocks(unknowns, query), strict=True)
    ]
    read += [(alarm.values, alarm.unknown)] if alarm.known("metric_name") else []
    if not read:
        raise Unknown(f"{alarm.address} names no metric")
    return [_metric(item, unknown.get("dimensions")) for item, unknown in read]


def _blocks(unknowns: Any, query: Any) -> list[Any]:
    """What is known later of each metric of a query; nothing where the plan does not say."""
    told = unknowns.get("metric") if isinstance(unknowns, dict) else None
    return told or [{}] * len(query.get("metric") or [])


def _metric(item: Any, later: Any) -> Metric:
    """With the dimensions that are known; the value of one that AWS draws is None."""
    drawn: dict[str, str | None] = dict.fromkeys(later) if isinstance(later, dict) else {}
    dimensions = {**drawn, **(item.get("dimensions") or {})}
    return Metric(item["namespace"], item["metric_name"], dimensions, later is True)


def metrics_of_scaling(policy: Resource) -> list[Metric]:
    """All metrics that a target tracking policy reads; none of AWS's predefined ones, which AWS checks."""
    (tracking,) = policy.values.get("target_tracking_scaling_policy_configuration") or [{}]
    (own,) = tracking.get("customized_metric_specification") or [{}]
    stats = [stat for query in own.get("metrics") or [] for stat in query.get("metric_stat") or []]
    read = [metric for stat in stats for metric in stat.get("metric") or []]
    read += [own] if own.get("metric_name") else []
    return [
        Metric(
            item["namespace"],
            item["metric_name"],
            {dimension["name"]: dimension["value"] for dimension in item.get("dimensions") or []},
        )
        for item in read
    ]


def _unnamed(metric: Metric, plan: Plan) -> str | None:
    for dimension, value in metric.dimensions.items():
        kind, attribute = _NAMED_BY.get(dimension, ("", ""))
        if kind and value not in {item.values.get(attribute) for item in plan.of_type(kind)}:
            return f"this plan has no {kind} with the {attribute} {value}"
    return None


def _is_filtered(metric: Metric, plan: Plan) -> bool:
    """Whether a metric filter of the plan makes it from log lines."""
    made = [
        (item["namespace"], item["name"], sorted(item.get("dimensions") or {}))
        for made_by in plan.of_type("aws_cloudwatch_log_metric_filter")
        for item in made_by.values.get("metric_transformation") or []
    ]
    return not metric.comes_later and (metric.namespace, metric.name, sorted(metric.dimensions)) in made


def _ours(plan: Plan) -> dict[tuple[str, str | None], list[str]]:
    """What the plan's own containers write, by namespace and service."""
    written = json.loads((_FOLDER / "service_metrics.json").read_text())
    return {
        (container.environment.get("METRICS_NAMESPACE", ""), container.name): written[container.name]
        for task_definition in plan.of_type("aws_ecs_task_definition")
        for container in containers(task_definition)
        if container.name in written
    }


@lru_cache
def _aws() -> dict[str, Any]:
    listed: dict[str, Any] = yaml.safe_load((_FOLDER / "aws_metrics.yaml").read_text())
    return listed
