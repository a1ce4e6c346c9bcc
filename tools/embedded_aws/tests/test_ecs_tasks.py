"""Tasks are what the agent reports, against stock moto."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ecs_stack import ACCOUNT, REGION, Stack


@pytest.fixture
def service(embedded: Any) -> Stack:
    stack = Stack(embedded)
    stack.create()
    return stack


def test_tasks_are_listed_by_service_and_desired_status(service: Stack, stock: Any) -> None:
    running = service.report_task()
    stopped = service.report_task("STOPPED")
    listed = service.ecs.list_tasks(cluster=service.cluster, serviceName="worker")["taskArns"]
    assert listed == [running]
    listed = service.ecs.list_tasks(cluster=service.cluster, desiredStatus="STOPPED")["taskArns"]
    assert listed == [stopped]
    assert service.ecs.list_tasks(cluster=service.cluster, serviceName="other")["taskArns"] == []

    wrong = Stack(stock)
    wrong.create()
    assert wrong.ecs.list_tasks(cluster=wrong.cluster, serviceName="worker")["taskArns"] == []


def test_a_stopped_task_tells_why(service: Stack) -> None:
    container = {"name": "worker", "lastStatus": "STOPPED", "exitCode": 3, "healthStatus": "UNKNOWN"}
    arn = service.report_task(
        "STOPPED", stoppedReason="Essential container in task exited", containers=[container]
    )
    task = service.describe_task(arn)
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 3
    assert task["group"] == "service:worker"
    assert task["startedBy"].startswith("ecs-svc/")
    assert service.describe_task(arn)["lastStatus"] == "STOPPED"  # asking does not move it on


def test_a_task_that_does_not_exist_is_a_failure(service: Stack) -> None:
    answer = service.ecs.describe_tasks(cluster=service.cluster, tasks=["0" * 32])
    assert (answer["tasks"], answer["failures"][0]["reason"]) == ([], "MISSING")


def test_stop_task_reaches_the_agent(service: Stack) -> None:
    arn = service.report_task()
    service.ecs.stop_task(cluster=service.cluster, task=arn, reason="enough")
    [task] = service.post("watch")["tasks"]
    assert (task["taskArn"], task["stopReason"], task["stopCode"]) == (arn, "enough", "UserInitiated")
    assert service.describe_task(arn)["desiredStatus"] == "STOPPED"


def test_run_task_hands_a_task_to_the_agent(service: Stack, stock: Any) -> None:
    asked = {"taskDefinition": service.task_definition, "count": 2, "launchType": "FARGATE"}
    made = service.ecs.run_task(cluster=service.cluster, **asked)["tasks"]
    assert {task["lastStatus"] for task in made} == {"PROVISIONING"}
    orders = [task["order"]["arn"] for task in service.post("watch")["tasks"]]
    assert sorted(orders) == sorted(task["taskArn"] for task in made)

    wrong = Stack(stock)
    asked["taskDefinition"] = wrong.task_definition
    assert wrong.ecs.run_task(cluster=wrong.cluster, **asked)["tasks"][0]["lastStatus"] == "RUNNING"


def test_a_snapshot_ends_the_tasks_that_it_does_not_mention(service: Stack) -> None:
    lost, kept = service.report_task(), service.report_task()
    service.post("report", snapshot=True, tasks=[])
    assert service.describe_task(lost)["lastStatus"] == "STOPPED"
    assert service.describe_task(kept)["lastStatus"] == "STOPPED"
    assert service.describe()["runningCount"] == 0


def test_the_cluster_counts_its_tasks(service: Stack) -> None:
    service.report_task()
    service.report_task("PENDING")
    [cluster] = service.ecs.describe_clusters(clusters=[service.cluster])["clusters"]
    counts = [cluster[f"{name}Count"] for name in ("runningTasks", "pendingTasks", "activeServices")]
    assert counts == [1, 1, 1]


def test_a_watch_returns_as_soon_as_something_changes(service: Stack) -> None:
    held = service.post("watch")
    position = {"epoch": held["epoch"], "version": held["version"]}
    answers: list[tuple[float, dict[str, Any]]] = []

    def watch() -> None:
        answers.append((time.monotonic(), service.post("watch", **position, waitSeconds=20)))
        answers.append((time.monotonic(), {}))

    waiting = threading.Thread(target=watch)
    waiting.start()
    changed = time.monotonic()
    service.update(desiredCount=4)
    waiting.join(10)
    assert answers[0][1]["services"][0]["desiredCount"] == 4
    assert answers[1][0] - changed < 5


def test_a_report_that_changes_nothing_wanted_wakes_nobody(service: Stack) -> None:
    arn = service.report_task()
    version = service.post("watch")["version"]
    service.report_task(arn=arn, healthStatus="HEALTHY")
    assert service.post("watch")["version"] == version


def protect(service: Stack, arn: str, enabled: bool = True, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = service.ecs.update_task_protection(
        cluster=service.cluster, tasks=[arn], protectionEnabled=enabled, **more
    )
    return answer


def test_protection_is_set_read_and_lifted(service: Stack, stock: Any) -> None:
    arn = service.report_task()
    [given] = protect(service, arn, expiresInMinutes=10)["protectedTasks"]
    [read] = service.ecs.get_task_protection(cluster=service.cluster)["protectedTasks"]
    assert given == read
    assert given["protectionEnabled"] is True
    assert 9 * 60 < given["expirationDate"].timestamp() - time.time() <= 10 * 60
    [lifted] = protect(service, arn, enabled=False)["protectedTasks"]
    assert lifted == {"taskArn": arn, "protectionEnabled": False}

    wrong = Stack(stock)
    with pytest.raises(ClientError):
        protect(wrong, arn)


def test_protection_lasts_two_hours_by_default_and_two_days_at_most(service: Stack) -> None:
    arn = service.report_task()
    [given] = protect(service, arn)["protectedTasks"]
    assert 119 * 60 < given["expirationDate"].timestamp() - time.time() <= 120 * 60
    with pytest.raises(ClientError, match="2880"):
        protect(service, arn, expiresInMinutes=2881)


def test_only_running_tasks_of_services_can_be_protected(service: Stack) -> None:
    alone = service.report_task(group="family:worker")
    stopped = service.report_task("STOPPED")
    for arn in (alone, stopped):
        assert protect(service, arn)["failures"][0]["reason"] == "TASK_NOT_VALID"
    missing = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{service.cluster}/{'0' * 32}"
    assert protect(service, missing)["failures"][0]["reason"] == "MISSING"


def test_a_task_that_is_being_replaced_cannot_become_protected(service: Stack) -> None:
    already, late = service.report_task(), service.report_task()
    protect(service, already)
    service.update(forceNewDeployment=True)
    assert protect(service, late)["failures"][0]["reason"] == "DEPLOYMENT_BLOCKED"
    assert protect(service, already)["failures"] == []  # may be extended
    assert protect(service, service.report_task())["failures"] == []
