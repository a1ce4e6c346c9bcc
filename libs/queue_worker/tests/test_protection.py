"""Task protection against an agent endpoint that really answers, with a clock of the test's own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from queue_worker.protection import REST_SECONDS, Protection


class Agent:
    """Answers task-protection calls; `answers` replaces the good one."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"protection": {}}
        agent = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/task-protection/v1/state"
                agent.asked.append(json.loads(body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(agent.answer).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def agent() -> Iterator[Agent]:
    made = Agent()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def protect(agent: Agent, clock: Clock) -> Protection:
    return Protection(
        agent_uri=f"http://127.0.0.1:{agent.server.server_address[1]}",
        drain_timeout_seconds=90,
        max_protection_minutes=60,
        monotonic=clock,
    )


def test_protection_is_taken_only_for_a_job_that_a_drain_could_not_wait_for(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    protection.tick(89)
    assert agent.asked == []
    protection.tick(91)
    assert agent.asked == [{"ProtectionEnabled": True, "ExpiresInMinutes": 10}]


def test_protection_is_renewed_at_half_its_time_and_given_up_when_the_job_ends(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    protection.tick(91)
    clock.now += 299
    protection.tick(390)
    assert len(agent.asked) == 1
    clock.now += 2
    protection.tick(392)
    assert len(agent.asked) == 2
    clock.now += 1
    protection.tick(0)
    assert agent.asked[-1] == {"ProtectionEnabled": False}
    clock.now += 1
    protection.tick(0)
    assert len(agent.asked) == 3


def test_a_job_that_follows_is_protected_too(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    for longest_running_seconds in (91, 0, 91):
        clock.now += 1
        protection.tick(longest_running_seconds)
    assert [asked["ProtectionEnabled"] for asked in agent.asked] == [True, False, True]


def test_a_refusal_to_give_up_is_followed_by_another_try(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    protection.tick(91)
    agent.answer = {"error": {"Code": "ServerException"}}
    protection.tick(0)
    clock.now += 1
    protection.tick(0)
    assert len(agent.asked) == 2
    clock.now += 30
    protection.tick(0)
    assert len(agent.asked) == 3


def test_a_task_protected_for_too_long_stops_receiving_finishes_and_rests(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    for _ in range(13):
        protection.tick(91)
        assert protection.may_receive() == (clock.now < 1000 + 3600)
        clock.now += 301
    protection.tick(40)  # another job still runs: it finishes first
    assert agent.asked[-1]["ProtectionEnabled"]
    protection.tick(0)
    assert agent.asked[-1] == {"ProtectionEnabled": False}
    assert not protection.may_receive()
    clock.now += REST_SECONDS
    assert protection.may_receive()


def test_deployment_blocked_is_an_answer_and_not_a_crash(agent: Agent) -> None:
    clock = Clock()
    protection = protect(agent, clock)
    agent.answer = {"failure": {"Reason": "DEPLOYMENT_BLOCKED"}}
    protection.tick(91)
    protection.tick(92)
    assert len(agent.asked) == 1
    assert protection.may_receive()
    clock.now += 31
    agent.answer = {"protection": {}}
    protection.tick(122)
    assert len(agent.asked) == 2


def test_an_agent_that_is_away_is_asked_again_later() -> None:
    clock = Clock()
    protection = Protection(
        agent_uri="http://127.0.0.1:9",
        drain_timeout_seconds=1,
        max_protection_minutes=60,
        monotonic=clock,
    )
    protection.tick(2)
    assert protection.may_receive()


def test_without_an_agent_nothing_happens() -> None:
    protection = Protection(agent_uri="", drain_timeout_seconds=1, max_protection_minutes=1)
    protection.tick(1000)
    assert protection.may_receive()
