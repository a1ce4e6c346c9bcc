"""The metrics that a plan asks for: in alarms, on dashboards and in scaling policies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Plan = dict[str, Any]


@dataclass(frozen=True)
class Metric:
    """A metric by everything that identifies it: another set of dimensions is another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @property
    def dimension_names(self) -> frozenset[str]:
        """The names of the dimensions."""
        return frozenset(name for name, _ in self.dimensions)


def planned_values(plan: Plan, kind: str) -> dict[str, Any]:
    """The planned values of each resource of a type, by address."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["mode"] == "managed"
    }


def metrics_by_user(plan: Plan) -> Iterator[tuple[str, Metric]]:
    """Every metric with the address of what asks for it."""
    for address, alarm in planned_values(plan, "aws_cloudwatch_metric_alarm").items():
        if alarm.get("metric_name"):
            yield address, _metric(alarm["namespace"], alarm["metric_name"], alarm["dimensions"])
        for query in alarm.get("metric_query") or []:
            for metric in query["metric"]:
                yield address, _metric(metric["namespace"], metric["metric_name"], metric["dimensions"])
    for address, dashboard in planned_values(plan, "aws_cloudwatch_dashboard").items():
        for widget in json.loads(dashboard["dashboard_body"])["widgets"]:
            for row in widget["properties"].get("metrics", []):
                namespace, name, *pairs = [cell for cell in row if isinstance(cell, str)]
                yield address, _metric(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    for address, policy in planned_values(plan, "aws_appautoscaling_policy").items():
        for metric in _customized_metrics(policy):
            dimensions = {pair["name"]: pair["value"] for pair in metric["dimensions"]}
            yield address, _metric(metric["namespace"], metric["metric_name"], dimensions)


def _customized_metrics(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of target tracking, plain or by metric math; a step policy is driven by alarms."""
    for tracking in policy.get("target_tracking_scaling_policy_configuration") or []:
        for specification in tracking.get("customized_metric_specification") or []:
            if specification.get("metric_name"):
                yield specification
            for query in specification.get("metrics") or []:
                for stat in query.get("metric_stat") or []:
                    yield from stat["metric"]


def _metric(namespace: str, name: str, dimensions: dict[str, str] | None) -> Metric:
    return Metric(namespace, name, frozenset((dimensions or {}).items()))
