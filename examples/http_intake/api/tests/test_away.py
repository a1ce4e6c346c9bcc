"""When SQS or SSM is away: 503 and when to try again, liveness as before, nothing lost that was accepted."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from embedded_aws.fault_proxy import Fault, Forward, Request, Response, cut_after, cut_before, refuse
from intake_world import GENEROUS_SECONDS, TIME, TOKEN, IntakeWorld, wait_until


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied", "InternalFailure", "ExpiredToken"])
def test_an_sqs_that_refuses_is_503_with_the_time_to_wait_and_then_all_is_well(
    world: IntakeWorld, code: str
) -> None:
    api = world.start(RETRY_AFTER_SECONDS=7)
    fault = world.proxy.add(Fault("SendMessage", refuse(code)))

    refused = api.post()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")
    assert refused.json() == {"message": "The trigger queue cannot be reached at the moment; try again."}
    assert world.triggers() == []

    world.proxy.remove(fault)
    assert api.post().status_code == 200
    assert len(world.triggers()) == 1


def test_one_failed_send_is_repeated_and_stays_one_job(world: IntakeWorld) -> None:
    api = world.start()
    world.proxy.add(Fault("SendMessage", cut_after, times=1))

    answer = api.post()

    assert answer.status_code == 200
    triggers = world.triggers()
    assert len(triggers) == 2
    assert triggers[0] == triggers[1]
    assert triggers[0]["jobId"] == answer.headers["Job-Id"]


def test_without_ssm_the_token_cannot_be_told_until_it_is_back(world: IntakeWorld) -> None:
    fault = world.proxy.add(Fault("GetParameter", cut_before))
    api = world.start()

    refused = api.post()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    world.proxy.remove(fault)
    wait_until(lambda: api.post().status_code == 200)
    assert len(world.triggers()) == 1


def test_a_known_token_is_taken_while_ssm_is_away_and_an_unknown_one_is_not_called_wrong(
    world: IntakeWorld,
) -> None:
    api = world.start()
    assert api.post().status_code == 200
    time.sleep(1)  # SSM is asked once a second
    world.proxy.add(Fault("GetParameter", cut_before))

    assert api.post().status_code == 200
    assert api.post({"token": "perhaps the new one", "email_timestream": TIME}).status_code == 503


@pytest.mark.parametrize("value", [" ", "\n"])
def test_an_empty_token_lets_nobody_in(world: IntakeWorld, value: str) -> None:
    world.set_token(value)
    api = world.start()

    assert api.post({"token": value, "email_timestream": TIME}).status_code == 503
    assert world.triggers() == []


def test_a_new_token_is_taken_at_once_and_the_old_one_ends_without_a_new_start(world: IntakeWorld) -> None:
    api = world.start(AUTH_REFRESH_SECONDS=1)
    assert api.post().status_code == 200

    world.set_token("the-next-one")

    wait_until(lambda: api.post({"token": "the-next-one", "email_timestream": TIME}).status_code == 200)
    assert api.post().status_code == 401


def test_many_wrong_tokens_are_few_calls_to_ssm(world: IntakeWorld) -> None:
    api = world.start()
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post({"token": "no", "email_timestream": TIME}), range(200)))

    assert {answer.status_code for answer in answers} == {401}
    assert world.proxy.calls["GetParameter"] <= 2 + (time.monotonic() - began)


def test_liveness_touches_no_aws_and_readiness_does(world: IntakeWorld) -> None:
    api = world.start()
    assert (api.get("/ready").status_code, api.get("/ready").json()) == (200, {"status": "ready"})

    world.proxy.add(Fault("*", cut_before))
    calls = world.proxy.calls.total()
    assert (api.get("/health").status_code, api.get("/health").json()) == (200, {"status": "ok"})
    assert world.proxy.calls.total() == calls
    wait_until(lambda: api.get("/ready").status_code == 503)
    assert api.get("/ready").headers["Retry-After"] == "5"


def test_readiness_needs_the_token_too(world: IntakeWorld) -> None:
    world.proxy.add(Fault("GetParameter", refuse("AccessDeniedException")))
    api = world.start()

    assert api.get("/ready").status_code == 503
    assert api.get("/health").status_code == 200


class Held:
    """Keeps every SendMessage waiting until `go_on`; knows which jobs wait."""

    def __init__(self) -> None:
        self.job_ids: set[str] = set()
        self._goes_on = threading.Event()

    def __call__(self, request: Request, forward: Forward) -> Response | None:
        self.job_ids.add(json.loads(json.loads(request.body)["MessageBody"])["jobId"])
        self._goes_on.wait(GENEROUS_SECONDS)
        return forward(request)

    def go_on(self) -> None:
        self._goes_on.set()


def test_what_waits_for_sqs_at_sigterm_is_answered_and_queued_and_the_exit_code_is_0(
    world: IntakeWorld,
) -> None:
    api, held = world.start(), Held()
    world.proxy.add(Fault("SendMessage", held))
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(api.post) for _ in range(5)]
        wait_until(lambda: len(held.job_ids) == 5)
        api.terminate()
        held.go_on()
        answers = [answer.result(GENEROUS_SECONDS) for answer in waiting]

    assert api.exit_code() == 0
    accepted = {answer.headers["Job-Id"] for answer in answers if answer.status_code == 200}
    # A machine that stalls for longer than all tries may take makes some of them 503, and never all.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert accepted
    assert accepted <= {trigger["jobId"] for trigger in world.triggers()} <= held.job_ids


def test_an_idle_one_ends_at_once_and_writes_its_last_metrics(world: IntakeWorld) -> None:
    api = world.start()
    assert api.post().status_code == 200
    api.terminate()

    assert api.exit_code() == 0
    assert '"Accepted":1' in api.output.read_text()


def test_more_than_can_wait_for_sqs_is_told_to_come_back(world: IntakeWorld) -> None:
    api, held = world.start(MAX_IN_FLIGHT=2), Held()
    world.proxy.add(Fault("SendMessage", held))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(api.post) for _ in range(2)]
        wait_until(lambda: len(held.job_ids) == 2)
        third = api.post()
        held.go_on()
        statuses = {answer.result(GENEROUS_SECONDS).status_code for answer in waiting}

    assert (third.status_code, third.headers["Retry-After"]) == (503, "5")
    assert third.json()["message"].startswith("Too many submissions wait")
    assert statuses == {200}
    assert TOKEN not in world.output()
