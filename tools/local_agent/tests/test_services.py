"""The agent keeps the wanted number of tasks of each service running."""

import time

import psutil
from agent_stack import HEALTH, Stack, wait_for
from local_agent.control_plane import WATCH_SECONDS


def test_a_new_service_runs_and_is_reported(stack: Stack) -> None:
    began = time.monotonic()
    stack.create(count=2)
    tasks = stack.wait_running(2)
    # It is told of it, long before it would look by itself.
    assert time.monotonic() - began < WATCH_SECONDS
    service = stack.service()
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    for task in tasks:
        assert task["group"] == f"service:{stack.name}"
        assert task["startedBy"] == service["deployments"][0]["id"]
        assert task["containers"][0]["lastStatus"] == "RUNNING"
        assert psutil.pid_exists(stack.hello(task)["pid"])


def test_the_wanted_count_is_followed_up_and_down(stack: Stack) -> None:
    stack.create(count=1)
    stack.wait_running(1)
    stack.update(desiredCount=3)
    tasks = stack.wait_running(3)
    stack.update(desiredCount=0)
    stack.wait_running(0)
    stopped = stack.wait_stopped(3)
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert all("Scaling activity" in task["stoppedReason"] for task in stopped)
    assert all(stack.output(task).endswith("bye\n") for task in tasks)
    assert [task["containers"][0]["exitCode"] for task in stopped] == [0, 0, 0]


def test_the_cluster_may_be_created_after_the_agent_has_started(agentless: Stack) -> None:
    agentless.start_agent()
    wait_for((agentless.state_dir / "agent.json").exists)
    agentless.create_cluster()
    agentless.create()
    agentless.wait_running()


def test_services_stable_returns_and_the_events_tell_the_story(stack: Stack) -> None:
    stack.create(stack.register(healthCheck={"command": ["CMD", "true"], "interval": 1}))
    stack.ecs.get_waiter("services_stable").wait(
        cluster=stack.cluster, services=[stack.name], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    stack.wait_completed()
    messages = [event["message"] for event in stack.service()["events"]]
    story = ["has reached a steady state", "deployment completed", "has started 1 tasks"]
    assert [any(part in message for message in messages) for part in story] == [True, True, True]


def test_a_task_that_exits_is_replaced(stack: Stack) -> None:
    stack.create()
    [first] = stack.wait_running()
    psutil.Process(stack.hello(first)["pid"]).kill()
    [stopped] = stack.wait_stopped()
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["containers"][0]["exitCode"] == 137
    [second] = stack.wait_running()
    assert second["taskArn"] != first["taskArn"]


def test_stop_task_stops_one_and_another_takes_its_place(stack: Stack) -> None:
    stack.create()
    [first] = stack.wait_running()
    stack.ecs.stop_task(cluster=stack.cluster, task=first["taskArn"], reason="by hand")
    [stopped] = stack.wait_stopped()
    assert (stopped["stoppedReason"], stopped["stopCode"]) == ("by hand", "UserInitiated")
    [second] = stack.wait_running()
    assert second["taskArn"] != first["taskArn"]


def test_a_deleted_service_drains_and_becomes_inactive(stack: Stack) -> None:
    stack.create(count=2)
    stack.wait_running(2)
    stack.ecs.delete_service(cluster=stack.cluster, service=stack.name, force=True)
    stack.ecs.get_waiter("services_inactive").wait(
        cluster=stack.cluster, services=[stack.name], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert stack.tasks() == []


def test_run_task_runs_once_with_its_overrides(stack: Stack) -> None:
    override = {"name": "demo", "command": ["crash"], "environment": [{"name": "EXTRA", "value": "yes"}]}
    stack.ecs.run_task(
        cluster=stack.cluster,
        taskDefinition=stack.register(),
        overrides={"containerOverrides": [override]},
    )
    [task] = stack.wait_stopped()
    assert task["containers"][0]["exitCode"] == 7
    assert task["group"] == f"family:{stack.name}"
    assert stack.hello(task)["environment"]["EXTRA"] == "yes"


def test_an_idle_agent_asks_little(alone: Stack) -> None:
    alone.create(alone.register(healthCheck=HEALTH))
    alone.wait_completed()
    lines_before = len(alone.aws.log.read_text().splitlines())
    time.sleep(2)  # the thing measured is what happens in a stretch of time
    assert len(alone.aws.log.read_text().splitlines()) - lines_before <= 4 * 2
