"""Deployments on the running agent: rolling, forced, failing, rolled back."""

import threading
from itertools import pairwise

from agent_stack import HEALTH, Stack, wait_for

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def healthy(stack: Stack) -> int:
    return sum(task["healthStatus"] == "HEALTHY" for task in stack.tasks())


def test_a_new_task_definition_rolls_out_without_a_gap(stack: Stack) -> None:
    stack.create(stack.register(healthCheck=HEALTH), count=2)
    before = stack.wait_completed()
    seen: list[int] = []
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(0.05):
            seen.append(healthy(stack))

    watcher = threading.Thread(target=watch)
    watcher.start()
    second = stack.register(healthCheck=HEALTH, environment=[{"name": "RELEASE", "value": "2"}])
    stack.update(taskDefinition=second)
    wait_for(lambda: len(stack.service()["deployments"]) == 2)
    after = stack.wait_completed()
    is_done.set()
    watcher.join(5)
    assert min(seen) >= 2
    assert max(seen) <= 4
    assert (after["taskDefinition"], after["id"] == before["id"]) == (second, False)
    tasks = stack.wait_running(2)
    assert {stack.hello(task)["environment"]["RELEASE"] for task in tasks} == {"2"}


def test_force_new_deployment_replaces_the_tasks(stack: Stack) -> None:
    stack.create(stack.register(healthCheck=HEALTH))
    stack.wait_completed()
    [first] = stack.wait_running()
    stack.update(forceNewDeployment=True)
    wait_for(lambda: stack.service()["deployments"][0]["id"] != first["startedBy"])
    deployment = stack.wait_completed()
    [second] = stack.wait_running()
    assert second["taskArn"] != first["taskArn"]
    assert second["startedBy"] == deployment["id"]
    assert second["taskDefinitionArn"] == first["taskDefinitionArn"]


def test_with_no_room_above_the_old_task_goes_before_the_new_one_comes(stack: Stack) -> None:
    stack.create(
        stack.register(healthCheck=HEALTH),
        deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 0},
    )
    stack.wait_completed()
    stack.update(forceNewDeployment=True)
    wait_for(lambda: len(stack.service()["deployments"]) == 2)
    stack.wait_completed()
    messages = [event["message"] for event in stack.service()["events"]]
    order = [m.split(") ")[1].split()[1] for m in messages if "has started" in m or "has stopped" in m]
    assert order == ["started", "stopped", "started"]  # newest first


def test_bounds_without_any_room_are_named_in_an_event(stack: Stack) -> None:
    stack.create(
        stack.register(healthCheck=HEALTH),
        deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 100},
    )
    stack.wait_completed()
    stack.update(forceNewDeployment=True)
    wait_for(lambda: any("unable to stop or start" in e["message"] for e in stack.service()["events"]))


def test_repeated_failures_roll_back_to_the_last_completed_deployment(stack: Stack) -> None:
    stack.create(stack.register(healthCheck=HEALTH), deploymentConfiguration=BREAKER)
    good = stack.wait_completed()
    [task] = stack.wait_running()
    stack.update(taskDefinition=stack.register("crash", healthCheck=HEALTH))

    def is_rolling_back() -> bool:
        return "rolling back" in stack.service()["deployments"][0]["rolloutStateReason"]

    wait_for(is_rolling_back, "the rollback")
    stack.wait_completed()
    service = stack.service()
    assert service["taskDefinition"] == good["taskDefinition"]
    assert service["deployments"][0]["id"] == good["id"]
    [left] = stack.wait_running()
    assert left["taskArn"] == task["taskArn"]  # the good task was never touched
    history = stack.ecs.list_service_deployments(cluster=stack.cluster, service=stack.name)
    statuses = [deployment["status"] for deployment in history["serviceDeployments"]]
    assert statuses == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    failed = stack.tasks("STOPPED")
    assert len(failed) == 3
    assert {task["containers"][0]["exitCode"] for task in failed} == {7}


def test_without_rollback_a_failed_deployment_starts_no_more_tasks(stack: Stack) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    stack.create(stack.register("crash"), deploymentConfiguration=breaker)
    wait_for(lambda: stack.service()["deployments"][0]["rolloutState"] == "FAILED", "the failure")
    assert stack.service()["deployments"][0]["failedTasks"] == 3
    assert len(stack.tasks("STOPPED")) == 3
    stack.update(taskDefinition=stack.register(healthCheck=HEALTH))
    stack.wait_completed()


def test_tasks_that_never_become_healthy_fail_a_deployment_too(stack: Stack) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    check = {"command": ["CMD", "false"], "interval": 1, "retries": 1}
    stack.create(stack.register(healthCheck=check), deploymentConfiguration=breaker)
    wait_for(lambda: stack.service()["deployments"][0]["rolloutState"] == "FAILED", "the failure")
    reasons = {task["stoppedReason"] for task in stack.wait_stopped(3)}
    assert reasons == {"Task failed container health checks"}


def test_tasks_that_do_not_come_up_are_started_ever_more_rarely(stack: Stack) -> None:
    stack.create(stack.register("crash"))
    tasks = stack.wait_stopped(4)
    started = sorted(task["createdAt"].timestamp() for task in tasks)
    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert gaps[0] < gaps[1] < gaps[2]
    assert gaps[2] >= 2
    wait_for(lambda: any("unable to consistently start" in e["message"] for e in stack.service()["events"]))
