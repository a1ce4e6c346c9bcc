"""How containers end, and that nothing outlives an agent that ends in order."""

import signal
import time

import psutil
from agent_stack import Stack, wait_for


def test_a_container_that_ignores_sigterm_is_killed_after_its_stop_timeout(stack: Stack) -> None:
    stack.create(stack.register("stubborn", stopTimeout=2))
    stack.wait_running()
    began = time.monotonic()
    stack.update(desiredCount=0)
    [task] = stack.wait_stopped()
    assert time.monotonic() - began >= 2
    assert task["containers"][0]["exitCode"] == 137


def test_children_die_with_their_container(stack: Stack) -> None:
    stack.create(stack.register("parent"))
    [task] = stack.wait_running()
    wait_for(lambda: "child" in stack.output(task))
    child = psutil.Process(int(stack.output(task).split("child ")[1].split()[0]))
    stack.update(desiredCount=0)
    [task] = stack.wait_stopped()
    assert task["containers"][0]["exitCode"] == 0
    wait_for(lambda: is_gone(child))


def test_sigterm_ends_every_task_and_then_the_agent(alone: Stack) -> None:
    alone.create(alone.register("parent"), count=2)
    tasks = alone.wait_running(2)
    processes = [psutil.Process(alone.hello(task)["pid"]) for task in tasks]
    for process in list(processes):
        processes += wait_for(process.children)
    assert alone.end_agent(signal.SIGTERM) == 0
    assert all(is_gone(process) for process in processes)
    assert all(alone.output(task).endswith("bye\n") for task in tasks)
    assert all(alone.messages(task)[-1] == "bye" for task in tasks)
    assert {task["stoppedReason"] for task in alone.wait_stopped(2)} == {"The local agent stops."}
    assert alone.service()["runningCount"] == 0


def is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
