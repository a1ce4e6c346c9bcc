"""When a service counts as steady, and what is said when it does not become so."""

from typing import Any

import pytest
from apply_fakes import ARN, NEW, OLD, FakeEcs, Moment, Time, deployment, error, moment
from botocore.exceptions import ClientError, EndpointConnectionError
from deployment.errors import ToolError
from pipeline.apply.services import Service, services_of
from pipeline.apply.steady import wait_until_steady

SERVICE = Service("worker", "shop", NEW)
STEADY = moment(deployment(NEW))
UNDER_WAY = moment(deployment(NEW, "IN_PROGRESS"), deployment(OLD, status="ACTIVE"), running=2)
ROLLING_BACK = moment(
    deployment(OLD, "IN_PROGRESS"),
    deployment(
        NEW, "FAILED", "ACTIVE", rolloutStateReason="ECS deployment circuit breaker: tasks failed to start."
    ),
)
ROLLED_BACK = moment(deployment(OLD))


def wait(ecs: Any, time: Time, **limits: float) -> None:
    wait_until_steady(ecs, [SERVICE], time.patience(**limits))


def refusal(moments: list[Moment], time: Time | None = None, **more: Any) -> str:
    with pytest.raises(ToolError) as refused:
        wait(FakeEcs(moments, **more), time or Time())
    return str(refused.value)


def test_a_deployment_is_waited_for() -> None:
    time = Time()
    wait(FakeEcs([ROLLED_BACK, UNDER_WAY, UNDER_WAY, STEADY]), time)
    assert time.now == 1015
    assert time.said[-1] == f"worker: 1 running, steady on {NEW}"


@pytest.mark.parametrize(
    "not_yet",
    [
        moment(deployment(NEW, "IN_PROGRESS")),
        moment(deployment(NEW), deployment(OLD, status="ACTIVE")),
        moment(deployment(NEW), desired=2),
        moment(deployment(NEW), running=2),
        moment(deployment(NEW), pending=1),
    ],
    ids=["in progress", "old tasks left", "a task missing", "a task too many", "a task on its way"],
)
def test_what_is_not_steady_runs_into_the_time_limit(not_yet: dict[str, Any]) -> None:
    time = Time()
    said = refusal([not_yet], time)
    assert said.startswith("worker is not steady after 120 s. ECS runs ")
    assert "ECS says last: (service worker) was unable to place a task" in said
    assert time.now == 1120


def test_a_deployment_that_ecs_calls_failed_ends_the_wait_with_its_reason() -> None:
    said = refusal([UNDER_WAY, ROLLING_BACK])
    assert said.startswith(
        f"worker could not be moved to {NEW}: ECS deployment circuit breaker: tasks failed to start."
    )
    assert f"task(s) of {OLD}." in said
    assert said.endswith("What to do: docs/runbooks.md#a-deploy-failed")


def test_an_earlier_failure_of_the_same_revision_does_not_count_when_it_is_tried_again() -> None:
    again = moment(deployment(NEW, "IN_PROGRESS"), deployment(NEW, "FAILED", "ACTIVE"))
    wait(FakeEcs([again, again, STEADY]), Time())
    assert "could not be moved" in refusal([again, moment(deployment(NEW, "FAILED"))])


def test_a_rollback_that_is_over_before_the_next_look_is_seen() -> None:
    failed = [{"status": "ROLLBACK_SUCCESSFUL", "statusReason": "circuit breaker: tasks failed to start."}]
    said = refusal([UNDER_WAY, ROLLED_BACK], service_deployments=failed)
    assert said.startswith(f"worker was to run {NEW}, and ECS moves it to {OLD}.")
    assert "Its last failed deployment: circuit breaker: tasks failed to start." in said


def test_a_rollback_that_was_over_before_the_first_look_is_seen_after_half_a_minute() -> None:
    time = Time()
    assert f"was to run {NEW}, and ECS moves it to {OLD}" in refusal([ROLLED_BACK], time)
    assert time.now == 1035


def test_the_last_task_that_stopped_tells_why_and_where_its_lines_are() -> None:
    def task(number: int, runs: str, code: int) -> dict[str, Any]:
        return {
            "taskArn": f"arn:aws:ecs:us-east-1:111122223333:task/shop/{number}",
            "taskDefinitionArn": ARN + runs,
            "stoppedAt": number,
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "worker", "exitCode": code}],
        }

    said = refusal([UNDER_WAY, ROLLED_BACK], stopped=[task(1, NEW, 2), task(2, NEW, 3), task(3, OLD, 143)])

    assert "Its last task stopped: Essential container in task exited; worker: exit code 3." in said
    assert "`aws logs tail /ecs/shop/worker --log-stream-names work/worker/2`" in said


def test_what_may_not_be_looked_at_hides_nothing_else() -> None:
    said = refusal([UNDER_WAY, ROLLED_BACK], refuses=True)
    assert "(Not to be seen: An error occurred (AccessDeniedException)" in said
    assert "ECS says last" in said


def test_a_service_at_zero_is_raised_to_one_by_a_deployment_of_its_own() -> None:
    asleep = moment(deployment(NEW, runningCount=0), desired=0, running=0)
    starting = moment(deployment(NEW, "IN_PROGRESS"), running=0, pending=1)
    ecs = FakeEcs([asleep, starting, STEADY])
    wait(ecs, Time())
    assert ecs.updates == [
        {"cluster": "shop", "service": "worker", "desiredCount": 1, "forceNewDeployment": True}
    ]


def test_a_service_that_somebody_keeps_at_zero_is_raised_once() -> None:
    ecs = FakeEcs([moment(deployment(NEW, runningCount=0), desired=0, running=0)])
    with pytest.raises(ToolError, match=r"is not steady after 120 s\. ECS runs 0 of 0 task"):
        wait(ecs, Time())
    assert len(ecs.updates) == 1


@pytest.mark.parametrize(
    "passing",
    [
        error("ThrottlingException"),
        error("ServerException", 500),
        EndpointConnectionError(endpoint_url="https://x"),
    ],
    ids=["throttled", "their fault", "no network"],
)
def test_what_passes_is_waited_out(passing: Exception) -> None:
    time = Time()
    wait(FakeEcs([passing, passing, STEADY]), time)
    assert time.said[-2].endswith("asking again")


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ExpiredTokenException", "ClusterNotFoundException"]
)
def test_what_does_not_pass_ends_the_wait(code: str) -> None:
    time = Time()
    with pytest.raises(ClientError):
        wait(FakeEcs([error(code)]), time)
    assert time.now == 1000


def test_an_outage_is_bounded_too() -> None:
    with pytest.raises(ToolError, match="is not steady after 120 s"):
        wait(FakeEcs([error("ThrottlingException")]), Time())


def test_a_service_that_was_deleted_is_said_to_be() -> None:
    with pytest.raises(ToolError, match="which shop does not have; somebody has deleted it"):
        wait(FakeEcs([moment(deployment(NEW), status="INACTIVE")]), Time())


def test_progress_is_told_when_something_changes_and_twice_a_minute() -> None:
    time = Time()
    with pytest.raises(ToolError):
        wait(FakeEcs([UNDER_WAY]), time)
    told = [line for line in time.said if "deployment(s)" in line]
    assert told[0] == f"worker: 1 of 1 running on {NEW}, 2 deployment(s), 0 s"
    assert [line.rpartition(", ")[2] for line in told] == ["0 s", "30 s", "60 s", "90 s", "120 s"]


def test_the_state_names_the_services() -> None:
    def service(name: str, mode: str = "managed", **more: Any) -> dict[str, Any]:
        attributes = {
            "name": name,
            "cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/shop",
            "task_definition": ARN + NEW,
        }
        instances = [{"attributes": attributes, **more}]
        return {"mode": mode, "type": "aws_ecs_service", "instances": instances}

    queue = {"mode": "managed", "type": "aws_sqs_queue", "instances": [{"attributes": {"name": "q"}}]}
    state = {"resources": [service("worker"), queue, service("read", "data"), service("old", deposed="1")]}
    assert services_of(state) == [SERVICE]
    assert services_of(None) == []
