"""The runtime on real queues: what becomes of messages, outcome by outcome."""

import threading
import time
from collections import Counter

import pytest
from embedded_aws.fault_proxy import (
    Fault,
    Forward,
    Request,
    Response,
    cut_after,
    refuse,
    refuse_entries,
)
from queue_worker import Defer, Duplicate, LeaseLost, Message, Outgoing, Reject, Retry, Unavailable
from queue_world import World, wait_until


def test_what_a_handler_returns_is_sent_on_and_its_message_deleted(world: World) -> None:
    world.send("a", "b", "c")
    running = world.start(lambda message: Outgoing(message.body.upper(), {"kind": "letter"}))
    wait_until(lambda: world.counts(world.next_queue_url)[0] == 3)
    wait_until(lambda: world.counts() == (0, 0))
    sent = world.take(world.next_queue_url)
    assert {message["Body"] for message in sent} == {"A", "B", "C"}
    assert {message["MessageAttributes"]["kind"]["StringValue"] for message in sent} == {"letter"}
    assert running.metric("Received") == running.metric("Succeeded") == 3


def test_a_full_load_costs_three_calls_for_ten_messages(world: World) -> None:
    world.send(*(str(number) for number in range(300)))
    running = world.start(lambda message: Outgoing(message.body), max_in_flight=60, concurrency=4)
    wait_until(lambda: running.metric("Succeeded") == 300)
    calls = Counter(world.proxy.calls)
    assert calls["SendMessageBatch"] + calls["DeleteMessageBatch"] <= 70
    assert calls["ReceiveMessage"] <= 40


# With 1 every settling thread sleeps until it comes; with 13 one is busy with the ten that fill a batch.
@pytest.mark.parametrize("outcomes", [1, 13])
def test_an_outcome_without_company_is_settled_while_another_message_is_still_worked_on(
    world: World, outcomes: int
) -> None:
    ended = threading.Event()
    world.send("long", *(str(number) for number in range(outcomes)))

    def handler(message: Message) -> None:
        if message.body == "long":
            ended.wait(90)

    running = world.start(handler, max_in_flight=40, concurrency=2)
    try:
        wait_until(lambda: running.metric("Succeeded") == outcomes)
        assert world.counts() == (0, 1)
    finally:
        ended.set()
    wait_until(lambda: running.metric("Succeeded") == outcomes + 1)


def test_pollers_grow_under_load_and_fall_back_to_one_when_idle(world: World) -> None:
    world.send(*(str(number) for number in range(200)))
    running = world.start(lambda _: None, max_in_flight=60, max_pollers=3)
    wait_until(lambda: running.metric("Succeeded") == 200)
    assert len(running.worker.pollers._threads) == 3
    wait_until(lambda: running.worker.pollers._wanted == 1)
    time.sleep(1.2)  # the long polls that were out end
    before = world.proxy.calls["ReceiveMessage"]
    time.sleep(2.5)
    assert 1 <= world.proxy.calls["ReceiveMessage"] - before <= 3


def test_a_retry_comes_back_after_its_delay_and_a_late_success_counts(world: World) -> None:
    seen: list[int] = []

    def handler(message: Message) -> None:
        seen.append(message.receive_count)
        if len(seen) < 3:
            raise Retry("not yet")

    world.send("x")
    running = world.start(handler)
    wait_until(lambda: running.metric("Succeeded") == 1)
    assert seen == [1, 2, 3]
    assert running.metric("Retried") == 2


@pytest.mark.parametrize("error", [ValueError("odd"), SystemExit(3)])
def test_anything_else_a_handler_raises_is_retried_then_dead_lettered(
    world: World, error: BaseException
) -> None:
    def handler(_: Message) -> None:
        raise error

    world.send("x")
    world.start(handler, max_attempts=2)
    wait_until(lambda: world.counts(world.dead_letter_queue_url)[0] == 1)
    reason = world.take(world.dead_letter_queue_url)[0]["MessageAttributes"]["deadLetterReason"]
    assert reason["StringValue"] == f"{type(error).__name__}: {error} (after 2 receives)"
    wait_until(lambda: world.counts() == (0, 0))


def test_a_handler_that_returns_nonsense_is_retried_not_deleted(world: World) -> None:
    world.send("x")
    world.start(lambda _: "done", max_attempts=1)  # type: ignore[arg-type,return-value]
    wait_until(lambda: world.counts(world.dead_letter_queue_url)[0] == 1)


def test_a_reject_keeps_body_and_attributes_and_adds_the_reason(world: World) -> None:
    def handler(_: Message) -> None:
        raise Reject("order 17 has no customer\x00", attributes={"deadLetterGeneration": "2"})

    world.send("the body", tenant="t1")
    running = world.start(handler)
    wait_until(lambda: world.counts(world.dead_letter_queue_url)[0] == 1)
    dead = world.take(world.dead_letter_queue_url)[0]
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert dead["Body"] == "the body"
    assert attributes["deadLetterReason"] == "order 17 has no customer?"
    assert attributes["tenant"] == "t1"
    assert attributes["deadLetterGeneration"] == "2"
    assert attributes["originalMessageId"]
    assert attributes["deadLetteredAt"].endswith("Z")
    wait_until(lambda: world.counts() == (0, 0))
    assert running.metric("Rejected") == 1


def test_a_reject_too_large_to_send_on_is_left_to_the_queues_own_redrive(world: World) -> None:
    def handler(_: Message) -> None:
        raise Reject("too large to carry a reason")

    world.send("x" * 2000)
    world.start(handler, max_message_bytes=2048)
    wait_until(lambda: world.counts(world.dead_letter_queue_url)[0] == 1, 30)
    dead = world.take(world.dead_letter_queue_url)[0]
    assert dead["Body"] == "x" * 2000
    assert "deadLetterReason" not in dead.get("MessageAttributes", {})


def test_a_duplicate_is_deleted_and_counted_apart(world: World) -> None:
    def handler(_: Message) -> None:
        raise Duplicate("done before")

    world.send("x")
    running = world.start(handler)
    wait_until(lambda: world.counts() == (0, 0))
    wait_until(lambda: running.metric("Duplicates") == 1)
    assert running.metric("Succeeded") == 0


def test_a_deferred_message_stays_invisible_until_the_given_time(world: World) -> None:
    times: list[float] = []

    def handler(_: Message) -> None:
        times.append(time.time())
        if len(times) == 1:
            raise Defer("leased", until_ms=int((times[0] + 2) * 1000))

    world.send("x")
    world.start(handler)
    wait_until(lambda: len(times) == 2)
    assert times[1] - times[0] >= 1.5


def test_a_job_longer_than_the_visibility_timeout_is_delivered_once(world: World) -> None:
    starts: list[int] = []

    def handler(message: Message) -> None:
        starts.append(message.receive_count)
        time.sleep(5)

    world.send("long")
    running = world.start(handler)
    other = world.start(handler)
    wait_until(lambda: running.metric("Succeeded") + other.metric("Succeeded") == 1)
    assert starts == [1]


def test_renewals_are_called_with_an_end_no_later_than_the_visibility(world: World) -> None:
    ends: list[int] = []
    until: list[int] = []

    def handler(message: Message) -> None:
        def renew(end_ms: int) -> None:
            ends.append(end_ms)
            until.append(message.visible_until_ms)

        message.keep_alive(renew)
        wait_until(lambda: len(ends) >= 3)

    world.send("x")
    running = world.start(handler)
    wait_until(lambda: running.metric("Succeeded") == 1)
    assert all(end <= visible + 50 for end, visible in zip(ends, until, strict=True))
    assert ends == sorted(ends)


def test_a_worker_that_lost_its_lease_discards_its_outcome(world: World) -> None:
    def renew(_: int) -> None:
        raise LeaseLost("taken over")

    def handler(message: Message) -> Outgoing:
        message.keep_alive(renew)
        wait_until(lambda: message.lease_lost)
        return Outgoing("must not be sent")

    world.send("x")
    running = world.start(handler, concurrency=1)
    wait_until(lambda: not len(running.worker.in_flight) and running.metric("Received") >= 1)
    running.stop()
    assert world.counts(world.next_queue_url) == (0, 0)
    assert sum(world.counts()) == 1


def test_a_failing_renewal_does_not_stop_the_others(world: World) -> None:
    calls: Counter[str] = Counter()

    def handler(message: Message) -> None:
        def renew(_: int) -> None:
            calls[message.body] += 1
            if message.body == "bad":
                raise RuntimeError("the ledger hiccups")

        message.keep_alive(renew)
        wait_until(lambda: calls["good"] >= 2 and calls["bad"] >= 2)

    world.send("bad", "good")
    running = world.start(handler)
    wait_until(lambda: running.metric("Succeeded") == 2)


def test_polling_pauses_while_a_dependency_is_away_and_receives_are_not_burnt(world: World) -> None:
    away = threading.Event()
    away.set()
    receives: Counter[str] = Counter()

    def handler(message: Message) -> None:
        if away.is_set():
            raise Unavailable("the ledger is away")
        receives[message.body] = message.receive_count

    world.send(*(str(number) for number in range(25)))
    running = world.start(handler, visibility_timeout_seconds=2, heartbeat_seconds=0.5)
    wait_until(lambda: running.worker.handlers.pause.active)
    time.sleep(1.5)
    polls = world.proxy.calls["ReceiveMessage"]
    time.sleep(4)  # two visibility timeouts
    assert world.proxy.calls["ReceiveMessage"] == polls
    away.clear()
    wait_until(lambda: len(receives) == 25, 40)
    assert set(receives.values()) == {1}


def test_entries_that_sqs_refuses_are_tried_again_and_the_others_go_through(world: World) -> None:
    world.proxy.add(Fault("SendMessageBatch", refuse_entries(lambda entry: entry["Id"] == "1"), times=2))
    world.proxy.add(Fault("DeleteMessageBatch", refuse_entries(lambda entry: entry["Id"] == "0"), times=2))
    world.send(*(str(number) for number in range(10)))
    running = world.start(lambda message: Outgoing(message.body))
    wait_until(lambda: running.metric("Succeeded") == 10)
    assert world.counts() == (0, 0)
    bodies = [message["Body"] for message in world.take(world.next_queue_url)]
    assert sorted(bodies) == [str(number) for number in range(10)]


def test_an_entry_of_bad_content_is_dead_lettered_and_harms_nobody_else(world: World) -> None:
    poison = refuse_entries(
        lambda entry: entry["MessageBody"] == "3", code="InvalidMessageContents", sender_fault=True
    )
    world.proxy.add(Fault("SendMessageBatch", poison, on=lambda request: b"-next" in request.body))
    world.send(*(str(number) for number in range(10)))
    running = world.start(lambda message: Outgoing(message.body))
    wait_until(lambda: running.metric("Succeeded") == 9 and running.metric("Rejected") == 1)
    dead = world.take(world.dead_letter_queue_url)
    assert [message["Body"] for message in dead] == ["3"]


def test_a_batch_refused_whole_for_its_content_is_sent_entry_by_entry(world: World) -> None:
    whole = refuse("BatchRequestTooLong")
    world.proxy.add(
        Fault("SendMessageBatch", whole, on=lambda request: request.body.count(b"MessageBody") > 1)
    )
    world.send(*(str(number) for number in range(5)))
    running = world.start(lambda message: Outgoing(message.body))
    wait_until(lambda: running.metric("Succeeded") == 5)
    assert world.counts(world.next_queue_url)[0] == 5


def test_an_answer_lost_on_the_way_repeats_the_call_and_loses_nothing(world: World) -> None:
    for action in ("ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"):
        world.proxy.add(Fault(action, cut_after, times=2))
    world.send(*(str(number) for number in range(20)))
    world.start(lambda message: Outgoing(message.body))
    wait_until(lambda: world.counts() == (0, 0), 30)
    assert {message["Body"] for message in world.take(world.next_queue_url)} == {
        str(number) for number in range(20)
    }


def test_throttling_slows_the_worker_down_and_nothing_more(world: World) -> None:
    throttled = refuse("ThrottlingException")
    world.proxy.add(Fault("*", throttled, times=6))
    world.send(*(str(number) for number in range(20)))
    running = world.start(lambda _: None)
    wait_until(lambda: running.metric("Succeeded") == 20, 30)
    assert running.stop()


def test_a_network_that_goes_and_comes_back_loses_nothing(world: World) -> None:
    world.send(*(str(number) for number in range(30)))
    done: set[str] = set()

    def handler(message: Message) -> None:
        done.add(message.body)
        time.sleep(0.05)

    running = world.start(handler, concurrency=2)
    wait_until(lambda: len(done) >= 4)
    world.proxy.stop()
    time.sleep(3)
    assert not running.worker.stopping.is_set()
    world.proxy.start()
    wait_until(lambda: world.counts() == (0, 0), 40)
    assert len(done) == 30


def test_an_idle_worker_has_one_long_poll_out_and_makes_no_other_call(world: World) -> None:
    out, most, guard = 0, 0, threading.Lock()

    def note(request: Request, forward: Forward) -> Response:
        nonlocal out, most
        with guard:
            out += 1
            most = max(most, out)
        try:
            return forward(request)
        finally:
            with guard:
                out -= 1

    polls = world.proxy.add(Fault("*", note))
    world.start(lambda _: None)
    wait_until(lambda: polls.hits >= 4)
    assert most == 1
    assert set(world.proxy.calls) == {"ReceiveMessage"}


def test_an_answer_that_is_no_text_ends_no_poller(world: World) -> None:
    nonsense = Response(200, {"Content-Type": "application/x-amz-json-1.0"}, b"\xff\xfe{")
    world.proxy.add(Fault("ReceiveMessage", lambda _, __: nonsense, times=2))
    world.send("a")
    running = world.start(lambda _: None)
    wait_until(lambda: running.metric("Succeeded") == 1)
    assert running.worker.pollers.is_alive()
