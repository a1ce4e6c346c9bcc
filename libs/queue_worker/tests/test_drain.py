"""The drain: what a worker leaves behind when it is asked to stop."""

import json
import threading
import time

from embedded_aws.fault_proxy import Fault, refuse, slow
from queue_worker import Message, Outgoing
from queue_worker.settle import MAX_ENTRY_TRIES
from queue_world import World, wait_until


def test_a_drain_finishes_what_runs_and_hands_back_what_waits(world: World) -> None:
    started = threading.Event()
    finish = threading.Event()

    def handler(_: Message) -> None:
        started.set()
        finish.wait(20)

    world.send(*(str(number) for number in range(10)))
    running = world.start(handler, concurrency=1, max_in_flight=10)
    started.wait(10)
    wait_until(lambda: len(running.worker.in_flight) == 10)
    threading.Timer(1, finish.set).start()
    assert running.stop()
    assert running.metric("Succeeded") == 1
    assert world.counts() == (9, 0)


def test_a_drain_hands_back_however_often_sqs_refuses_that(world: World) -> None:
    finish = threading.Event()

    def handler(_: Message) -> None:
        finish.wait(60)

    world.send(*(str(number) for number in range(10)))
    running = world.start(handler, concurrency=1, max_in_flight=10, visibility_timeout_seconds=90)
    wait_until(lambda: len(running.worker.in_flight) == 10)
    hand_back = Fault(
        "ChangeMessageVisibilityBatch",
        refuse("AccessDenied", status=403),
        on=lambda request: json.loads(request.body)["Entries"][0]["VisibilityTimeout"] == 0,
        times=2 * MAX_ENTRY_TRIES,
    )
    world.proxy.add(hand_back)
    threading.Timer(1, finish.set).start()
    assert running.stop()
    assert hand_back.hits > 2 * MAX_ENTRY_TRIES
    assert world.counts() == (9, 0)


def test_a_drain_waits_for_the_long_poll_that_is_out_and_hands_back_what_it_brings(world: World) -> None:
    # given a worker whose long poll has just gone out
    handled: list[str] = []
    running = world.start(lambda message: handled.append(message.body), wait_time_seconds=3)
    wait_until(running.worker.pollers.connected.is_set)
    wait_until(lambda: world.proxy.calls["ReceiveMessage"] == 2)
    # when it is asked to stop, and only then a message arrives
    stopper = threading.Thread(target=running.stop)
    stopper.start()
    wait_until(running.worker.stopping.is_set)
    time.sleep(0.3)
    world.send("late")
    stopper.join(15)
    # then the message is visible to others at once
    assert handled == []
    assert world.counts() == (1, 0)


def test_a_handler_beyond_the_drain_time_is_handed_back_after_its_lease_is_released(world: World) -> None:
    released = threading.Event()
    hang = threading.Event()

    def handler(message: Message) -> Outgoing:
        message.on_hand_back(released.set)
        hang.wait(60)
        return Outgoing("too late")

    world.send("x")
    running = world.start(handler, concurrency=1, drain_timeout_seconds=7, visibility_timeout_seconds=60)
    wait_until(lambda: running.worker.in_flight.working == 1)
    began = time.monotonic()
    assert not running.stop()
    assert time.monotonic() - began <= 7.5
    assert released.is_set()
    assert world.counts() == (1, 0)
    hang.set()
    time.sleep(0.5)
    assert world.counts(world.next_queue_url) == (0, 0)


def test_a_drain_while_sqs_is_away_ends_in_time(world: World) -> None:
    world.send(*(str(number) for number in range(10)))
    running = world.start(lambda _: world.proxy.stop(), concurrency=1, drain_timeout_seconds=8)
    wait_until(lambda: running.worker.in_flight.working < 10 and len(running.worker.in_flight) > 0)
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began <= 9
    world.proxy.start()
    wait_until(lambda: world.counts() == (10, 0))  # the visibility timeout brings them back


def test_an_overrun_drains_the_others_and_breaks_the_process(world: World) -> None:
    hang = threading.Event()
    receives: list[int] = []

    def handler(message: Message) -> None:
        if message.body == "hangs":
            receives.append(message.receive_count)
            message.limit_duration(1)
            hang.wait(60)

    world.send("hangs", "a", "b")
    running = world.start(handler)
    wait_until(running.worker.stopping.is_set)
    assert not running.stop()
    assert running.worker.exit_code == 1
    assert running.metric("Succeeded") == 2
    # the heartbeat has stopped, so the message comes back by itself
    wait_until(lambda: world.counts() == (1, 0))
    hang.set()


def test_a_beat_on_its_way_does_not_undo_a_release(world: World) -> None:
    # given a beat that is slow on its way
    world.proxy.add(Fault("ChangeMessageVisibilityBatch", slow(1.5), times=1))

    def handler(message: Message) -> None:
        if message.receive_count == 1:
            wait_until(lambda: world.proxy.calls["ChangeMessageVisibilityBatch"] >= 1)
            raise RuntimeError("fails while the beat is out")

    world.send("x")
    running = world.start(handler, visibility_timeout_seconds=90, heartbeat_seconds=1)
    # then the retry's short delay holds, not the beat's 90 s
    wait_until(lambda: running.metric("Succeeded") == 1, 60)
