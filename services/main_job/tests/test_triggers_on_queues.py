"""Triggers on real queues: whatever was sent is a job or a dead letter with a reason."""

import json
from typing import Any

import pytest
from embedded_aws.fault_proxy import Fault, cut_after, refuse
from job_contract import derive_job_id, job_id_time_ms, parse_job
from main_job.adapter import trigger_handler
from queue_world import World, wait_until

LIMIT_BYTES = 262_144
BAD_BODIES = [
    "not json",
    "[1, 2]",
    '{"data": 1}',
    '{"trigger": "x", "jobId": "not-a-ulid"}',
    '{"trigger": "x", "jobType": "no such:type"}',
]
# Within the limit as a trigger, beyond it as a job, and beyond it with the attributes of a dead letter, too.
LARGE_BODY = json.dumps({"trigger": "x", "data": "x" * (LIMIT_BYTES - 100)})


def trigger(number: int) -> str:
    return json.dumps({"trigger": "api_call", "data": {"number": number}})


def start(queues: World, **settings: Any) -> None:
    queues.start(trigger_handler(max_message_bytes=LIMIT_BYTES), max_message_bytes=LIMIT_BYTES, **settings)


def test_bad_triggers_are_dead_letters_with_a_reason_and_harm_no_other(queues: World) -> None:
    for number, bad in enumerate(BAD_BODIES):
        queues.send(bad)
        queues.send(trigger(number))
    start(queues)
    wait_until(lambda: queues.counts() == (0, 0))
    jobs = queues.take(queues.next_queue_url)
    numbers = [parse_job(job["Body"]).data.original_trigger["data"]["number"] for job in jobs]
    assert sorted(numbers) == list(range(len(BAD_BODIES)))
    dead = queues.take(queues.dead_letter_queue_url)
    assert sorted(letter["Body"] for letter in dead) == sorted(BAD_BODIES)
    for letter in dead:
        attributes = letter["MessageAttributes"]
        assert attributes["deadLetterReason"]["StringValue"].endswith(".")
        assert len(attributes["jobId"]["StringValue"]) == 26


def test_a_trigger_too_large_for_anything_is_moved_by_the_queue_itself(queues: World) -> None:
    queues.send(LARGE_BODY)
    queues.send(trigger(1))
    start(queues)
    wait_until(lambda: queues.counts() == (0, 0))
    assert [letter["Body"] for letter in queues.take(queues.dead_letter_queue_url)] == [LARGE_BODY]
    assert len(queues.take(queues.next_queue_url)) == 1


def test_a_job_carries_the_id_that_its_triggers_message_gives(queues: World) -> None:
    sent = queues.sqs.send_message(QueueUrl=queues.queue_url, MessageBody=trigger(1))
    start(queues)
    wait_until(lambda: queues.counts(queues.next_queue_url)[0] == 1)
    job = parse_job(queues.take(queues.next_queue_url)[0]["Body"])
    assert job.data.main_job_result["messageId"] == sent["MessageId"]
    # Only SQS knows the SentTimestamp; the id holds it.
    assert job.job_id == derive_job_id(sent["MessageId"], job_id_time_ms(job.job_id))


def test_a_trigger_that_wants_no_job_leaves_nothing_behind(queues: World) -> None:
    queues.send('{"trigger": "x", "triggerBackgroundJob": false}')
    start(queues)
    wait_until(lambda: queues.counts() == (0, 0))
    assert queues.counts(queues.next_queue_url) == queues.counts(queues.dead_letter_queue_url) == (0, 0)


def test_a_trigger_that_is_sent_on_twice_is_the_same_job_both_times(queues: World) -> None:
    queues.proxy.add(Fault("DeleteMessageBatch", refuse("AccessDeniedException"), times=2))
    queues.proxy.add(Fault("SendMessageBatch", cut_after, times=1))
    queues.send(trigger(1))
    start(queues)
    wait_until(lambda: queues.counts() == (0, 0))
    jobs = queues.take(queues.next_queue_url)
    assert len(jobs) >= 2
    assert len({job["Body"] for job in jobs}) == 1


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "AccessDeniedException", "ExpiredTokenException", "InternalFailure"]
)
def test_a_background_queue_that_refuses_for_a_while_loses_no_trigger(queues: World, code: str) -> None:
    queues.proxy.add(Fault("SendMessageBatch", refuse(code), times=3))
    queues.send(*(trigger(number) for number in range(12)))
    start(queues)
    wait_until(lambda: queues.counts() == (0, 0))
    jobs = queues.take(queues.next_queue_url)
    assert {parse_job(job["Body"]).data.original_trigger["data"]["number"] for job in jobs} == set(range(12))
    assert queues.take(queues.dead_letter_queue_url) == []


def test_full_batches_cost_less_than_four_calls_for_ten_triggers(queues: World) -> None:
    for _ in range(20):
        queues.send(*(trigger(number) for number in range(10)))
    start(queues, concurrency=4, max_in_flight=40, max_pollers=2)
    wait_until(lambda: queues.counts(queues.next_queue_url)[0] == 200)
    wait_until(lambda: queues.counts() == (0, 0))
    full = {name: queues.proxy.calls[name] for name in ("SendMessageBatch", "DeleteMessageBatch")}
    # Receives that find nothing are the price of waiting, not of a message.
    receives = 20
    assert (sum(full.values()) + receives) / 200 <= 0.35, queues.proxy.calls
