"""EventBridge brings events to log groups, and ECS sends them, against stock moto."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ecs_stack import Stack

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def rule_into_log_group(aws: Any, pattern: dict[str, Any], *, make_group: bool = True) -> str:
    """The log group that events of this pattern go to."""
    group = f"/events/{uuid.uuid4().hex}"
    if make_group:
        aws.client("logs").create_log_group(logGroupName=group)
    name = group.rpartition("/")[2]
    aws.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    target = {"Id": "log-group", "Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"}
    aws.client("events").put_targets(Rule=name, Targets=[target])
    return group


def events_in(aws: Any, group: str) -> list[dict[str, Any]]:
    """The events in a group, oldest first."""
    answer = aws.client("logs").filter_log_events(logGroupName=group)
    return [json.loads(event["message"]) for event in answer["events"]]


def put(aws: Any, source: str) -> None:
    entry = {"Source": source, "DetailType": "Order", "Detail": '{"number": 1}', "Resources": ["arn:order"]}
    aws.client("events").put_events(Entries=[entry])


def test_a_deployment_tells_how_it_goes_until_it_is_rolled_back(embedded: Any, stock: Any) -> None:
    def told(aws: Any) -> list[dict[str, Any]]:
        service = Stack(aws)
        arn = f"arn:aws:ecs:us-east-1:123456789012:service/{service.cluster}/"
        group = rule_into_log_group(aws, {"source": ["aws.ecs"], "resources": [{"prefix": arn}]})
        good = service.create(deploymentConfiguration=BREAKER)["deployments"][0]
        if aws is embedded:
            service.report_progress(id=good["id"], rolloutState="COMPLETED")
        bad = service.update(taskDefinition=service.register())["deployments"][0]
        if aws is embedded:
            service.report_progress(id=bad["id"], failedTasks=3, rolloutState="FAILED")
        return events_in(aws, group)

    events = told(embedded)
    names = ["IN_PROGRESS", "COMPLETED", "IN_PROGRESS", "FAILED", "IN_PROGRESS"]
    assert [event["detail"]["eventName"] for event in events] == [
        f"SERVICE_DEPLOYMENT_{name}" for name in names
    ]
    failed, back = events[3], events[4]
    assert failed["detail-type"] == "ECS Deployment State Change"
    assert failed["resources"][0].endswith("/worker")
    assert failed["time"].endswith("Z")
    assert failed["detail"]["eventType"] == "ERROR"
    assert "circuit breaker: tasks failed to start" in failed["detail"]["reason"]
    assert "rolling back" in back["detail"]["reason"]
    assert told(stock) == []


def test_a_task_tells_of_each_new_state_once(embedded: Any) -> None:
    service = Stack(embedded)
    service.create()
    cluster = f"arn:aws:ecs:us-east-1:123456789012:cluster/{service.cluster}"
    pattern = {"detail-type": ["ECS Task State Change"], "detail": {"clusterArn": [cluster]}}
    group = rule_into_log_group(embedded, pattern)
    arn = service.report_task("PENDING")
    for status in ("RUNNING", "RUNNING"):
        service.report_task(status, arn=arn)
    service.report_task("STOPPED", arn=arn, stoppedReason="Essential container in task exited")

    events = events_in(embedded, group)

    assert [event["detail"]["lastStatus"] for event in events] == ["PENDING", "RUNNING", "STOPPED"]
    assert events[-1]["detail"]["stoppedReason"] == "Essential container in task exited"
    assert events[-1]["resources"] == [arn]


def test_a_rule_whose_log_group_is_gone_keeps_nothing_from_the_others(embedded: Any, stock: Any) -> None:
    source = f"shop.{uuid.uuid4().hex}"
    rule_into_log_group(embedded, {"source": [source]}, make_group=False)
    group = rule_into_log_group(embedded, {"source": [source]})
    put(embedded, source)
    assert [event["source"] for event in events_in(embedded, group)] == [source]

    rule_into_log_group(stock, {"source": [source]}, make_group=False)
    with pytest.raises(ClientError):
        put(stock, source)


def test_the_events_of_a_rule_share_a_stream(embedded: Any, stock: Any) -> None:
    def streams_of_three_events(aws: Any) -> int:
        source = f"shop.{uuid.uuid4().hex}"
        group = rule_into_log_group(aws, {"source": [source]})
        for _ in range(3):
            put(aws, source)
        assert len(events_in(aws, group)) == 3
        return len(aws.client("logs").describe_log_streams(logGroupName=group)["logStreams"])

    assert streams_of_three_events(embedded) == 1
    assert streams_of_three_events(stock) == 3
