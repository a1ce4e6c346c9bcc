"""Input that no handler can use: it ends as a dead letter that says why, and harms nothing beside it."""

import json

import pytest
from contract_accounting import REASON, balance_jobs, balance_triggers
from contract_messages import SUBMISSION, job, message, trigger
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import MAX_MESSAGE_BYTES, Aws, Sent, World
from job_contract import job_id_time_ms, new_job_id

BAD_TRIGGERS = {
    "not JSON": ("not { JSON", "is not JSON"),
    "a list": ('["trigger"]', "is a JSON list, not an object"),
    "a number": ("17", "is a JSON int, not an object"),
    "no trigger": ('{"data": {}}', "has the wrong shape"),
    "an empty trigger": ('{"trigger": ""}', "must hold 1 to 256 characters"),
    "a trigger that is a number": ('{"trigger": 5}', "has the wrong shape"),
    "a job id that is no ULID": ('{"trigger": "t", "jobId": "order-17"}', "is not a ULID"),
    "a job id beyond the calendar": (
        '{"trigger": "t", "jobId": "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"}',
        "is not a ULID",
    ),
    "a job type with a blank": ('{"trigger": "t", "jobType": "no name"}', "is not a name"),
    "deeply nested JSON": ("[" * 100_000, "is not JSON"),
}
JOB = json.loads(job().encode())
BAD_JOBS = {
    "not JSON": ("not { JSON", "is not JSON"),
    "a trigger instead of a job": ('{"trigger": "t"}', "has the wrong shape"),
    "no data": (json.dumps({**JOB, "data": None}), "has the wrong shape"),
    "a job id that is no ULID": (json.dumps({**JOB, "jobId": "order-17"}), "is not a ULID"),
    "a job type with a colon": (json.dumps({**JOB, "jobType": "a:b"}), "is not a name"),
}


def test_bad_triggers_are_dead_lettered_with_their_reasons(world: World, services: Services) -> None:
    # Given bad triggers of every kind among good ones
    good = world.triggers.send(*(trigger() for _ in range(10)))
    bad = world.triggers.send(*(Sent(body, {}) for body, _ in BAD_TRIGGERS.values()))
    good += world.triggers.send(*(trigger() for _ in range(10)))

    # When main_job has settled all
    process = services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(world.triggers.is_empty, "all triggers are settled")

    # Then each bad one is a dead letter with its own body, its reason and a job id; the others went through.
    books = balance_triggers(world, become_jobs=good, dead=bad)
    for message_id, (body, reason) in zip(bad, BAD_TRIGGERS.values(), strict=True):
        (letter,) = books.letters[message_id]
        assert letter.body == body
        assert reason in letter.attributes[REASON]
        assert letter.attributes["deadLetteredAt"].endswith("Z")
        assert job_id_time_ms(letter.attributes["jobId"]) > 0
    assert process.exit_code() is None


def test_bad_jobs_are_dead_lettered_with_their_reasons(world: World, services: Services) -> None:
    # Given bad jobs of every kind among good ones
    good = [job(data={"n": number}) for number in range(10)]
    world.jobs.send(*map(message, good[:5]))
    bad = world.jobs.send(*(Sent(body, {}) for body, _ in BAD_JOBS.values()))
    world.jobs.send(*map(message, good[5:]))

    # When background_job has settled all
    process = services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB))
    wait_until(world.jobs.is_empty, "all jobs are settled")

    # Then each bad one is a dead letter with its own body and its reason; the others have succeeded.
    letters = {letter.attributes["originalMessageId"]: letter for letter in world.jobs.take_dead_letters()}
    assert set(letters) == set(bad)
    for message_id, (body, reason) in zip(bad, BAD_JOBS.values(), strict=True):
        assert letters[message_id].body == body
        assert reason in letters[message_id].attributes[REASON]
    assert set(balance_jobs(world, [each.job_id for each in good]).succeeded) == {g.job_id for g in good}
    assert process.exit_code() is None


def test_an_unknown_job_type_uses_up_its_attempts_and_says_so(world: World, services: Services) -> None:
    # Given a job of a type that a later release may bring
    unknown = job("brought-by-a-later-release")
    world.jobs.send(message(unknown))

    # When a release without it has tried as often as it may
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, settings={"MAX_ATTEMPTS": 3}))
    wait_until(world.jobs.is_empty, "the job is settled")

    # Then it is dead, after three attempts, with the name in the reason.
    books = balance_jobs(world, [unknown.job_id])
    assert books.dead[unknown.job_id].attempts == 3
    assert "brought-by-a-later-release" in books.letters[unknown.job_id][0].attributes[REASON]


def sized_trigger(size_bytes: int) -> Sent:
    """A trigger whose body has exactly this size."""
    empty = trigger(data="").body
    return trigger(data="x" * (size_bytes - len(empty)))


def test_a_trigger_whose_job_is_too_large_is_dead_lettered_with_the_reason(
    world: World, services: Services
) -> None:
    # Given a trigger that fits with a reason beside it (some 290 bytes), and whose job (some 345) does not
    (large,) = world.triggers.send(sized_trigger(MAX_MESSAGE_BYTES - 300))
    (good,) = world.triggers.send(trigger())

    # When main_job has settled both, then it is a dead letter that says what to do.
    services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(world.triggers.is_empty, "all triggers are settled")
    books = balance_triggers(world, become_jobs=[good], dead=[large])
    assert "put the data in S3" in books.letters[large][0].attributes[REASON]


def test_a_reject_too_large_for_a_reason_is_left_to_the_queue(aws: Aws, services: Services) -> None:
    # Given a trigger so large that no reason fits beside it
    world = World(aws, max_receive_count=10)
    world.triggers.send(sized_trigger(MAX_MESSAGE_BYTES))
    (good,) = world.triggers.send(trigger())

    # When main_job gives it back until the queue itself moves it
    services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(world.triggers.is_empty, "all triggers are settled")

    # Then it is a dead letter as it was, and the other one went through.
    (letter,) = world.triggers.take_dead_letters()
    assert len(letter.body) == MAX_MESSAGE_BYTES
    balance_triggers(world, become_jobs=[good], dead=[])


def test_a_reject_with_too_many_attributes_for_a_reason_is_left_to_the_queue(
    aws: Aws, services: Services
) -> None:
    # Given a bad trigger with nine attributes of its own; SQS takes ten
    world = World(aws, max_receive_count=10)
    attributes = {f"own{number}": "value" for number in range(9)}
    world.triggers.send(Sent("not JSON", attributes))

    # When main_job gives it back until the queue itself moves it, then it is a dead letter as it was.
    services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(world.triggers.is_empty, "the trigger is settled")
    (letter,) = world.triggers.take_dead_letters()
    assert (letter.body, letter.attributes) == ("not JSON", attributes)


@pytest.mark.parametrize("pattern", ["a:b", "a*b", "", "a//b", 17, "x" * 600])
def test_an_impossible_stream_pattern_falls_back_to_the_jobs_own_stream(
    world: World, services: Services, pattern: object
) -> None:
    # Given a trigger whose pattern CloudWatch would refuse
    job_id = new_job_id()
    world.triggers.send(trigger(jobId=job_id, logStreamPattern=pattern))

    # When it has gone through both stages
    for module in (MAIN_JOB, BACKGROUND_JOB):
        services.start(module, environment(world, module))
    wait_until(lambda: world.triggers.is_empty() and world.jobs.is_empty(), "all is settled")

    # Then the job succeeded, and its own stream has its lines and a warning.
    record = balance_jobs(world, [job_id]).succeeded[job_id]
    assert (record.log_group, record.stream.partition("/")[0]) == (world.aws.job_log_group, "job-streams")
    lines = [json.loads(event["message"]) for event in world.aws.log_events(record)]
    assert lines[0]["message"] == "Processing background job: main-job-processing"
    assert [line["level"] for line in lines].count("WARNING") == 1


def test_wrong_data_for_a_handler_is_dead_lettered_beside_good_data(world: World, services: Services) -> None:
    # Given submissions with and without a time, and a simulation out of bounds
    bad = [
        job("store-submission", {"email_timestream": "yesterday"}),
        job("store-submission", ["no", "object"]),
        job("simulate-work", {"crashRate": 7}),
        job("simulate-work", {"sleepSeconds": "long"}),
    ]
    good = [job("store-submission", SUBMISSION) for _ in range(4)]
    world.jobs.send(*map(message, [*bad, *good]))

    # When background_job has settled all, then the bad ones are dead at their first attempt.
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB))
    wait_until(world.jobs.is_empty, "all jobs are settled")
    books = balance_jobs(world, [each.job_id for each in [*bad, *good]])
    assert set(books.dead) == {each.job_id for each in bad}
    assert {record.attempts for record in books.dead.values()} == {1}
