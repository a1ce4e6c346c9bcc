"""Every path of a message through both services; each says what shows that it was taken."""

import json
from typing import Any

from job_contract import JobState, new_job_id
from recorded_world import SERVICES, RecordedWorld, wait_for

REASON = "deadLetterReason"
STREAMS_PER_SECOND_AND_MORE, MOST_BURSTS = 10, 20
LONG_JOB_SECONDS = 8  # more than the drain time of recorded_world
# The queues take 262,144 bytes with attributes.
LARGE_TRIGGER_CHARS, LARGEST_TRIGGER_CHARS = 261_000, 261_950


def take_all(world: RecordedWorld) -> None:
    """One after the other; what has to wait is begun early."""
    long_job = send_trigger(world, "simulate-work", {"sleepSeconds": LONG_JOB_SECONDS})
    hand_back(world, long_job)
    succeed_in_a_stream_of_its_own(world)
    send_malformed_and_oversize(world)
    want_no_job(world)
    send_the_same_twice(world)
    fail_once(world)
    reject(world)
    overflow_into_the_shared_stream(world)
    lose_a_lease(world)
    wait_for_the_dead_letters(world)
    wait_for_state(world, long_job, JobState.SUCCEEDED)
    wait_for(lambda: world.said('"task protection changed"'), "a job beyond the drain time protects its task")
    wait_for(lambda: world.said('"enabled":false'), "the protection is given up with the job")


def send_trigger(
    world: RecordedWorld, job_type: str = "main-job-processing", data: Any = None, **keys: Any
) -> str:
    """Its job id."""
    job_id = new_job_id()
    world.send(world.triggers, trigger(job_id, jobType=job_type, data=data, **keys))
    return job_id


def trigger(job_id: str, **keys: Any) -> str:
    """The body of a trigger."""
    return json.dumps({"trigger": "recorded", "jobId": job_id, **keys})


def wait_for_state(world: RecordedWorld, job_id: str, state: JobState) -> Any:
    """The record, once it has the state."""

    def found() -> Any:
        record = world.record(job_id)
        return record if record is not None and record.state is state else None

    return wait_for(found, f"{job_id} is {state}")


def send_malformed_and_oversize(world: RecordedWorld) -> None:
    """What nobody can read; a job that is too large, and one whose dead letter would be as well."""
    world.send(world.triggers, "no trigger")
    world.send(world.jobs, "no job")
    named_twice = "x" * 2000
    for chars, keys in ((LARGE_TRIGGER_CHARS, {"correlationId": named_twice}), (LARGEST_TRIGGER_CHARS, {})):
        body = json.dumps({"trigger": "recorded", "data": "", **keys})
        world.send(world.triggers, body.replace('""', '"' + "x" * (chars - len(body)) + '"'))


def wait_for_the_dead_letters(world: RecordedWorld) -> None:
    """With a reason from the services, without one from SQS's own redrive."""
    seen: dict[str, bool] = {}

    def all_there() -> bool:
        for queue in (world.triggers, world.jobs):
            for letter in world.letters(queue):
                seen[letter["MessageId"]] = REASON in letter.get("MessageAttributes", {})
        return sorted(seen.values()) == [False, True, True, True, True]

    wait_for(all_there, "three rejected triggers, two rejected jobs, one of them moved by SQS")


def succeed_in_a_stream_of_its_own(world: RecordedWorld) -> None:
    job_id = send_trigger(world, logStreamPattern="user-actions/u42")
    record = wait_for_state(world, job_id, JobState.SUCCEEDED)
    assert record.stream.startswith("user-actions/u42/")
    assert record.result


def want_no_job(world: RecordedWorld) -> None:
    send_trigger(world, triggerBackgroundJob=False)
    wait_for(lambda: world.said('"no background job wanted"'), "a trigger that wants no job")


def send_the_same_twice(world: RecordedWorld) -> None:
    """The second finds the job done."""
    body = trigger(new_job_id())
    for _ in range(2):
        world.send(world.triggers, body)
    wait_for(lambda: world.said('"job duplicate"'), "a duplicate")


def fail_once(world: RecordedWorld) -> None:
    job_id = send_trigger(world, "simulate-work", {"failAttempts": 1})
    assert wait_for_state(world, job_id, JobState.SUCCEEDED).attempts == 2


def reject(world: RecordedWorld) -> None:
    wait_for_state(world, send_trigger(world, "store-submission", "no object"), JobState.DEAD)


def overflow_into_the_shared_stream(world: RecordedWorld) -> None:
    """More jobs in a second than the task may open streams for."""
    for _ in range(MOST_BURSTS):
        job_ids = [new_job_id() for _ in range(STREAMS_PER_SECOND_AND_MORE)]
        world.send(world.triggers, *map(trigger, job_ids))
        records = [wait_for_state(world, job_id, JobState.SUCCEEDED) for job_id in job_ids]
        if any(record.shared_stream for record in records):
            return
    raise AssertionError("Every job got a stream of its own")


def lose_a_lease(world: RecordedWorld) -> None:
    """Somebody else takes the job over while its worker is at it; the worker discards what it has done."""
    job_id = send_trigger(world, "simulate-work", {"sleepSeconds": 2})
    wait_for_state(world, job_id, JobState.RUNNING)
    world.client("dynamodb").update_item(
        TableName=world.table,
        Key={"jobId": {"S": job_id}},
        UpdateExpression="SET attemptToken = :other",
        ExpressionAttributeValues={":other": {"S": "other"}},
    )
    wait_for(lambda: world.said('"outcome discarded"'), "a lost lease")
    wait_for_state(world, job_id, JobState.SUCCEEDED)


def hand_back(world: RecordedWorld, job_id: str) -> None:
    """Both services stop, one of them at a job that outlives the drain; others finish it."""
    wait_for_state(world, job_id, JobState.RUNNING)
    for service in SERVICES:
        world.scale(service, 0)
    wait_for(lambda: world.said('"handed back while its handler runs"'), "a job handed back")
    for service in SERVICES:
        world.scale(service, 1)
