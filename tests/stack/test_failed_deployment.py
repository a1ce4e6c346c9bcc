"""A failed deployment on the stack is counted by the deployed metric filter, and the service is as it was."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from deployment.target import local_target
from insights_query import discovered_fields, fields_of, values_of
from stack_processes import wait_until

pytestmark = pytest.mark.stack
KEPT = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "volumes",
    "cpu",
    "memory",
    "runtimePlatform",
)
WRONG_SETTING = 2
OWN_FIELDS = {"@timestamp"}


@pytest.fixture(scope="module")
def events_of_failure(stack: Any) -> Callable[[str], list[dict[str, Any]]]:
    """Deploys a main job that cannot start, until ECS has gone back; the events since then by pattern."""
    clients = local_target(stack.endpoint).client
    ecs, logs = clients("ecs"), clients("logs")
    service = {
        "cluster": stack.outputs["ecs_cluster_name"],
        "service": stack.outputs["ecs_main_job_service_name"],
    }
    before = _described(ecs, service)["taskDefinition"]
    events = partial(_events, logs, stack.outputs["cloudwatch_log_group_ecs"], int(time.time() * 1000))
    ecs.update_service(**service, taskDefinition=_broken_copy(ecs, before))
    failed = '{ $.detail.eventName = "SERVICE_DEPLOYMENT_FAILED" }'
    wait_until(lambda: bool(events(failed)), "ECS tells of the failure")
    wait_until(
        lambda: _described(ecs, service)["deployments"][0]["rolloutState"] == "COMPLETED", "back again"
    )
    assert _described(ecs, service)["taskDefinition"] == before
    return events


def test_the_filter_of_the_service_matches_and_that_of_the_other_does_not(
    stack: Any, events_of_failure: Callable[[str], list[dict[str, Any]]]
) -> None:
    logs, group = local_target(stack.endpoint).client("logs"), stack.outputs["cloudwatch_log_group_ecs"]
    filters = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    counted = {
        made["filterName"].rpartition("-dev-")[2]: events_of_failure(made["filterPattern"])
        for made in filters
    }

    assert {name: len(events) for name, events in counted.items()} == {
        "main-job-deployments-failed": 1,
        "background-job-deployments-failed": 0,
    }
    [event] = counted["main-job-deployments-failed"]
    assert event["detail-type"] == "ECS Deployment State Change"
    assert "circuit breaker" in event["detail"]["reason"]


def test_the_saved_query_tells_why_tasks_stopped(
    stack: Any, events_of_failure: Callable[[str], list[dict[str, Any]]]
) -> None:
    definitions = local_target(stack.endpoint).client("logs").describe_query_definitions()["queryDefinitions"]
    [query] = [each for each in definitions if each["name"].endswith("/stopped tasks by reason")]
    text = query["queryString"]
    assert query["logGroupNames"] == [stack.outputs["cloudwatch_log_group_ecs"]]
    [kind], [status] = values_of(text, "`detail-type`"), values_of(text, "detail.lastStatus")

    stopped = [
        event
        for event in events_of_failure(f'{{ $.detail.lastStatus = "{status}" }}')
        if event["detail-type"] == kind and event["detail"]["containers"][0].get("exitCode") == WRONG_SETTING
    ]

    assert len(stopped) >= 3
    for event in stopped:
        assert fields_of(text) - discovered_fields(event) - OWN_FIELDS == set()
        assert event["detail"]["group"].endswith("-main-job-service")


def _broken_copy(ecs: Any, arn: str) -> str:
    """A revision that lacks a setting: each task ends with exit code 2 and says so."""
    definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    [container] = definition["containerDefinitions"]
    environment = [pair for pair in container["environment"] if pair["name"] != "QUEUE_URL"]
    made = ecs.register_task_definition(
        **{name: definition[name] for name in KEPT if name in definition},
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{**container, "environment": environment}],
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def _described(ecs: Any, service: dict[str, str]) -> Any:
    return ecs.describe_services(cluster=service["cluster"], services=[service["service"]])["services"][0]


def _events(logs: Any, group: str, since_ms: int, pattern: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since_ms, filterPattern=pattern
    )
    return [json.loads(event["message"]) for page in pages for event in page["events"]]
