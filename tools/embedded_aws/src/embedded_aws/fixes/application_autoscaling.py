"""Application Auto Scaling.

What moto gets wrong:
- It has no ListTagsForResource, TagResource and UntagResource; Terraform asks for the tags of every scalable
  target and retries the failure for minutes.
- PutScalingPolicy on a policy that exists draws a new ARN, so that an alarm that runs the policy runs nothing
  and Terraform plans to change it; the alarms of the old policy stay behind.
- The alarms of a target tracking policy on metric math watch the CPU.
"""

import json
import uuid
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeApplicationAutoscalingPolicy
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends

# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
ALARMS = {"AlarmHigh": ("GreaterThanThreshold", 3, 1.0), "AlarmLow": ("LessThanThreshold", 15, 0.9)}


def apply() -> None:
    """Add the three operations, keep the tags that a target is registered with, and let policies change."""
    stock = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: Any) -> Any:
        answer = stock(self)
        given = self._get_param("Tags")
        if given:
            _tags(self, json.loads(answer)["ScalableTargetARN"]).update(given)
        return answer

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = _list_tags
    ApplicationAutoScalingResponse.tag_resource = _tag
    ApplicationAutoScalingResponse.untag_resource = _untag
    _keep_policies()
    _watch_the_metrics_of_the_policy()


def _tags(response: Any, arn: str | None = None) -> dict[str, str]:
    backend = response.applicationautoscaling_backend
    by_arn = backend.__dict__.setdefault("tags_by_arn", {})
    found: dict[str, str] = by_arn.setdefault(arn or response._get_param("ResourceARN"), {})
    return found


def _list_tags(self: Any) -> str:
    return json.dumps({"Tags": _tags(self)})


def _tag(self: Any) -> str:
    _tags(self).update(self._get_param("Tags"))
    return "{}"


def _untag(self: Any) -> str:
    for key in self._get_param("TagKeys", []):
        _tags(self).pop(key, None)
    return "{}"


def _keep_policies() -> None:
    """A changed policy is the same policy: its ARN and age stay, its alarms are made anew."""
    stock = ApplicationAutoscalingBackend.put_scaling_policy

    def put_scaling_policy(self: Any, **given: Any) -> Any:
        named = ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
        key = FakeApplicationAutoscalingPolicy.formulate_key(*(given[name] for name in named))
        known = self.policies.get(key)
        policy = stock(self, **given)
        if known is not None:
            for outdated in (known, policy):
                outdated.delete_alarms(self.account_id, self.region_name)
            policy.policy_arn, policy.creation_time, policy.alarms = known.policy_arn, known.creation_time, []
            policy.create_alarms()
        return policy

    ApplicationAutoscalingBackend.put_scaling_policy = put_scaling_policy


def _watch_the_metrics_of_the_policy() -> None:
    stock = FakeApplicationAutoscalingPolicy._generate_ecs_alarms

    def generate_ecs_alarms(self: Any) -> Any:
        configuration = self.target_tracking_scaling_policy_configuration
        metrics = configuration.get("CustomizedMetricSpecification", {}).get("Metrics")
        if not metrics:
            return stock(self)
        backend = cloudwatch_backends[self.account_id][self.region_name]
        return [
            backend.put_metric_alarm(
                name=f"TargetTracking-{self.resource_id}-{kind}-{uuid.uuid4()}",
                namespace=None,
                metric_name=None,
                metric_data_queries=[_query(metric) for metric in metrics],
                comparison_operator=comparison,
                evaluation_periods=minutes,
                period=None,
                threshold=configuration["TargetValue"] * share,
                statistic=None,
                description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {self.policy_arn}.",
                dimensions=[],
                alarm_actions=[f"{self.policy_arn}:createdBy/{uuid.uuid4()}"],
            )
            for kind, (comparison, minutes, share) in ALARMS.items()
        ]

    FakeApplicationAutoscalingPolicy._generate_ecs_alarms = generate_ecs_alarms


def _query(metric: dict[str, Any]) -> Any:
    stat = metric.get("MetricStat")
    return MetricDataQuery(
        query_id=metric["Id"],
        label=metric.get("Label"),
        period=None if stat else 60,
        return_data=metric.get("ReturnData", True),
        expression=metric.get("Expression"),
        metric_stat=_stat(stat) if stat else None,
    )


def _stat(stat: dict[str, Any]) -> Any:
    dimensions = [Dimension(each["Name"], each["Value"]) for each in stat["Metric"].get("Dimensions", [])]
    metric = Metric(stat["Metric"]["MetricName"], stat["Metric"]["Namespace"], dimensions)
    return MetricStat(metric=metric, period=60, stat=stat["Stat"], unit=stat.get("Unit"))
