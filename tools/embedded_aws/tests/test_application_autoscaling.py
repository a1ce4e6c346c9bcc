"""Tags of scalable targets, and policies that are changed, against stock moto."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

BACKLOG_METRICS = [
    {"Id": "backlog", "Expression": "IF(running > 0, visible / running)", "ReturnData": True},
    {
        "Id": "visible",
        "ReturnData": False,
        "MetricStat": {
            "Stat": "Average",
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
            },
        },
    },
]


def tags_of_a_target(aws: Any) -> dict[str, str]:
    scaling = aws.client("application-autoscaling")
    table = f"table/{uuid.uuid4().hex}"
    arn = scaling.register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId=table,
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1", "b": "2"},
    )["ScalableTargetARN"]
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    tags: dict[str, str] = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return tags


def test_scalable_targets_have_tags(embedded: Any, stock: Any) -> None:
    assert tags_of_a_target(embedded) == {"b": "2", "c": "3"}
    with pytest.raises(ClientError):
        tags_of_a_target(stock)


def tracking(aws: Any) -> Callable[[float], dict[str, Any]]:
    """Puts one policy of a new service, with another target each time."""
    resource = f"service/cluster/{uuid.uuid4().hex}"

    def put(target: float) -> dict[str, Any]:
        answer: dict[str, Any] = aws.client("application-autoscaling").put_scaling_policy(
            PolicyName="backlog",
            PolicyType="TargetTrackingScaling",
            ServiceNamespace="ecs",
            ResourceId=resource,
            ScalableDimension="ecs:service:DesiredCount",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": target,
                "CustomizedMetricSpecification": {"Metrics": BACKLOG_METRICS},
            },
        )
        return answer

    return put


def alarms_of(aws: Any, answer: dict[str, Any]) -> list[dict[str, Any]]:
    names = [alarm["AlarmName"] for alarm in answer["Alarms"]]
    found: list[dict[str, Any]] = aws.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return sorted(found, key=lambda alarm: alarm["EvaluationPeriods"])


def test_a_changed_policy_keeps_its_arn_and_has_only_its_new_alarms(embedded: Any, stock: Any) -> None:
    put = tracking(embedded)
    first, second = put(100), put(200)
    assert first["PolicyARN"] == second["PolicyARN"]
    assert alarms_of(embedded, first) == []
    assert [alarm["Threshold"] for alarm in alarms_of(embedded, second)] == [200, 180]
    assert all(
        alarm["AlarmActions"][0].startswith(second["PolicyARN"]) for alarm in alarms_of(embedded, second)
    )

    put = tracking(stock)
    first, second = put(100), put(200)
    assert first["PolicyARN"] != second["PolicyARN"]
    assert len(alarms_of(stock, first)) == 2


def test_the_alarms_of_metric_math_watch_the_metrics_of_the_policy(embedded: Any, stock: Any) -> None:
    high, low = alarms_of(embedded, tracking(embedded)(100))
    assert (high["ComparisonOperator"], high["EvaluationPeriods"]) == ("GreaterThanThreshold", 3)
    assert (low["ComparisonOperator"], low["EvaluationPeriods"]) == ("LessThanThreshold", 15)
    for alarm in (high, low):
        expression, visible = alarm["Metrics"]
        assert expression["Expression"] == BACKLOG_METRICS[0]["Expression"]
        assert visible["MetricStat"]["Metric"] == {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
        }

    assert {alarm["MetricName"] for alarm in alarms_of(stock, tracking(stock)(100))} == {"CPUUtilization"}
