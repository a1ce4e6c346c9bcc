"""Services that serve a port: each task has one of its own, and the service has one address."""

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from agent_stack import Stack, wait_for

ANSWER_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(stack: Stack, port: int, count: int = 1, **container: object) -> None:
    """A service that serves a port; the task definition says which, as for a container."""
    environment = [{"name": "PORT", "value": str(port)}, {"name": "HOST", "value": "0.0.0.0"}]
    stack.create(
        stack.register("serve", portMappings=[{"containerPort": port}], environment=environment, **container),
        count,
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )


def address(stack: Stack) -> str:
    """As the state file names it."""
    return str(wait_for(lambda: stack.state()["addresses"].get(stack.name), "an address"))


def ask_pid(url: str) -> int:
    """Which process answered."""
    with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
        return int(answer.read())


def test_a_service_answers_at_its_own_port_and_its_task_has_another(stack: Stack) -> None:
    port = free_port()
    serve(stack, port)
    [task] = stack.wait_running()

    assert address(stack) == f"http://127.0.0.1:{port}"
    hello = stack.hello(task)
    assert ask_pid(address(stack)) == hello["pid"]
    [binding] = task["containers"][0]["networkBindings"]
    assert (binding["containerPort"], str(binding["hostPort"])) == (port, hello["environment"]["PORT"])
    assert hello["environment"]["HOST"] == "127.0.0.1"
    assert binding["hostPort"] != port


def test_two_tasks_of_a_service_take_turns_and_a_service_that_goes_gives_its_port_back(stack: Stack) -> None:
    port = free_port()
    serve(stack, port, count=2)
    pids = {stack.hello(task)["pid"] for task in stack.wait_running(2)}
    stack.wait_completed()

    assert {ask_pid(address(stack)) for _ in range(4)} == pids
    stack.remove_service()
    wait_for(lambda: stack.name not in stack.state()["addresses"], "no address any more")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_is_another_address(stack: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        serve(stack, port)
        [task] = stack.wait_running()

        assert address(stack) != f"http://127.0.0.1:{port}"
        assert ask_pid(address(stack)) == stack.hello(task)["pid"]


@dataclass
class Caller:
    """Asks without a pause; `failures` holds what went wrong."""

    url: str
    pids: set[int] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                self.pids.add(ask_pid(self.url))
            except (OSError, HTTPException) as error:
                self.failures.append(repr(error))
            time.sleep(0.005)


@contextmanager
def calling(url: str) -> Iterator[Caller]:
    caller = Caller(url)
    thread = threading.Thread(target=caller.run)
    thread.start()
    try:
        yield caller
    finally:
        caller.is_over.set()
        thread.join(ANSWER_SECONDS)


def test_a_deployment_fails_no_request(stack: Stack) -> None:
    serve(stack, free_port())
    [old] = stack.wait_running()
    stack.wait_completed()
    with calling(address(stack)) as caller:
        wait_for(lambda: caller.pids, "a first answer")
        stack.update(forceNewDeployment=True)
        wait_for(lambda: len(stack.tasks("STOPPED")) == 1, "the old task's end")
        [new] = stack.wait_running()
        wait_for(lambda: stack.hello(new)["pid"] in caller.pids, "an answer of the new task")

    assert caller.failures == []
    assert caller.pids == {stack.hello(old)["pid"], stack.hello(new)["pid"]}


def test_the_next_agent_finds_the_ports_of_the_tasks_that_it_takes_over(alone: Stack) -> None:
    port = free_port()
    serve(alone, port)
    [task] = alone.wait_running()
    pid = alone.hello(task)["pid"]
    assert ask_pid(address(alone)) == pid

    alone.end_agent(9)
    alone.start_agent()

    def answers() -> bool:
        try:
            return bool(ask_pid(f"http://127.0.0.1:{port}") == pid)
        except OSError:
            return False

    assert wait_for(answers, "the same process at the same address")
