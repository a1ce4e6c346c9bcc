"""Jobs on real queues: whatever was sent is succeeded in the ledger or a dead letter with a reason."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from job_contract import Job, JobState
from job_world import MAX_ATTEMPTS, JobWorld, a_job
from queue_world import World, wait_until


@pytest.fixture
def queues(aws_endpoint: str, aws_session: boto3.Session, jobs: JobWorld) -> Iterator[World]:
    """The background queue; its worker and the ledger's client share one wire."""
    world = World(jobs.proxy, aws_endpoint, aws_session)
    yield world
    jobs.proxy.clear()
    world.close()


def start(jobs: JobWorld, queues: World, **settings: Any) -> None:
    queues.start(jobs.processor(), next_queue_url="", **settings)


def send(queues: World, *batch: Job) -> None:
    for job in batch:
        queues.send(job.encode(), **job.attributes())


def dead_letters(queues: World) -> dict[str, dict[str, str]]:
    """The attributes of each dead letter, by its body."""
    return {
        letter["Body"]: {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        for letter in queues.take(queues.dead_letter_queue_url)
    }


def test_bad_jobs_are_dead_letters_with_a_reason_and_harm_no_other(jobs: JobWorld, queues: World) -> None:
    good = [a_job({"id": str(number)}) for number in range(5)]
    unknown = a_job(job_type="from-the-next-release")
    odd_pattern = a_job(logStreamPattern="a:b")
    always_failing = a_job({"failRate": 1})
    bad_bodies = ["not json", "[]", good[0].encode().replace('"jobId":"', '"jobId":"L')]
    stolen_id = a_job({"id": "thief"}).encode().replace('"jobId":"', '"x":"').replace("{", "", 1)
    stolen_id = '{"jobId":"' + good[0].job_id + '",' + stolen_id
    start(jobs, queues, max_attempts=MAX_ATTEMPTS)
    send(queues, *good, unknown, odd_pattern, always_failing)
    queues.send(*bad_bodies)
    wait_until(lambda: jobs.item(good[0]))
    queues.send(stolen_id)
    wait_until(lambda: queues.counts() == (0, 0))
    for job in (*good, odd_pattern):
        assert jobs.record(job).state is JobState.SUCCEEDED
    letters = dead_letters(queues)
    assert set(letters) == {*bad_bodies, stolen_id, unknown.encode(), always_failing.encode()}
    assert all(attributes["deadLetterReason"] for attributes in letters.values())
    for job in (unknown, always_failing):
        attributes = letters[job.encode()]
        assert attributes["deadLetterGeneration"] == "1"
        assert (attributes["jobId"], attributes["jobType"]) == (job.job_id, job.job_type)
        assert jobs.record(job).attempts == MAX_ATTEMPTS
    assert "deadLetterGeneration" not in letters[stolen_id]
    assert len(jobs.results()) == 6


def test_a_dead_letter_that_is_sent_back_as_it_is_succeeds_and_older_copies_vanish(
    jobs: JobWorld, queues: World
) -> None:
    job = a_job({"rejectRate": 1})
    start(jobs, queues)
    send(queues, job)
    wait_until(lambda: queues.counts(queues.dead_letter_queue_url)[0] == 1)
    attributes = dead_letters(queues)[job.encode()]
    # given: what was wrong is mended, and the letter comes back twice, with its attributes
    jobs.change_record(job, reason="mended")
    bring_back = {name: attributes[name] for name in ("jobId", "jobType", "deadLetterGeneration")}
    queues.send(job.encode(), job.encode(), **bring_back)
    # then: it dies again, once, with the next generation
    wait_until(lambda: queues.counts() == (0, 0))
    letters = queues.take(queues.dead_letter_queue_url)
    assert [letter["MessageAttributes"]["deadLetterGeneration"]["StringValue"] for letter in letters] == ["2"]


def test_a_ledger_that_goes_and_comes_back_costs_no_attempt_and_no_receive(
    jobs: JobWorld, queues: World
) -> None:
    batch = [a_job({"id": str(number)}) for number in range(8)]
    jobs.dynamodb.delete_table(TableName=jobs.settings.ledger_table)
    start(jobs, queues)
    send(queues, *batch)
    wait_until(lambda: jobs.proxy.calls["UpdateItem"] > 3)
    receives = queues.counts()
    assert sum(receives) == 8
    jobs.make_table()
    wait_until(lambda: queues.counts() == (0, 0))
    for job in batch:
        record = jobs.record(job)
        assert (record.state, record.attempts) == (JobState.SUCCEEDED, 1)
    assert dead_letters(queues) == {}


def test_a_refused_connection_that_comes_back_loses_no_job(jobs: JobWorld, queues: World) -> None:
    batch = [a_job({"sleepSeconds": 0.05}) for _ in range(30)]
    start(jobs, queues, concurrency=4, max_in_flight=10)
    send(queues, *batch)
    wait_until(lambda: len(jobs.results()) > 3)
    jobs.proxy.stop()
    jobs.proxy.start()
    wait_until(lambda: queues.counts() == (0, 0))
    assert all(jobs.record(job).state is JobState.SUCCEEDED for job in batch)
    assert dead_letters(queues) == {}


def test_a_drain_hands_a_long_job_back_and_the_next_worker_runs_it_at_once(
    jobs: JobWorld, queues: World
) -> None:
    job = a_job({"longSleepSeconds": 30})
    running = queues.start(jobs.processor(), next_queue_url="", drain_timeout_seconds=7)
    send(queues, job)
    wait_until(lambda: jobs.item(job))
    running.stop()
    assert queues.counts() == (1, 0)
    record = jobs.record(job)
    assert (record.state, record.lease_until_ms) == (JobState.RETRYING, 0)


def test_a_job_costs_two_ledger_writes_one_result_and_two_calls_for_its_log(
    jobs: JobWorld, queues: World
) -> None:
    batch = [a_job() for _ in range(200)]
    send(queues, *batch)
    queues.start(
        jobs.processor(log_streams_per_second=50),
        next_queue_url="",
        concurrency=20,
        max_in_flight=40,
        max_pollers=2,
        # No beat falls into the test, however slow the machine: each would renew leases in the ledger.
        visibility_timeout_seconds=600,
        heartbeat_seconds=200,
    )
    wait_until(lambda: queues.counts() == (0, 0))
    calls = jobs.proxy.calls
    puts = sum(count for name, count in calls.items() if name.startswith("PUT "))
    assert puts == 200
    assert calls["UpdateItem"] == 400
    assert calls["CreateLogStream"] <= 201
    assert calls["PutLogEvents"] <= 205
