"""Dead letters that come back, and dead jobs whose messages were not moved away in time."""

import pytest
from job_contract import Job, JobState
from job_world import MAX_ATTEMPTS, FakeMessage, JobWorld, a_job, bring_type, message_for
from queue_worker import Duplicate, Reject, Retry


def dead_job(jobs: JobWorld, *, times: int = 1) -> tuple[Job, FakeMessage]:
    """A job that died `times` times, and the message that it died on last."""
    job = a_job({"rejectRate": 1})
    message = message_for(job)
    for generation in range(times):
        message = message_for(job, generation=generation or None)
        assert isinstance(jobs.outcome(message), Reject)
    assert jobs.record(job).generation == times
    return job, message


def test_a_replay_of_the_newest_dead_letter_reopens_the_job(jobs: JobWorld) -> None:
    job, _ = dead_job(jobs)
    processor = jobs.processor()
    bring_type(processor, "simulate-work", lambda job, log, attempt: {"mended": True})
    assert jobs.outcome(message_for(job, generation=1), processor) is None
    record = jobs.record(job)
    assert (record.state, record.attempts, record.generation) == (JobState.SUCCEEDED, 1, 1)
    assert record.reason == record.dead_message_id == ""


def test_a_replay_has_all_attempts_again_and_dies_with_the_next_generation(jobs: JobWorld) -> None:
    job, _ = dead_job(jobs)
    processor = jobs.processor()

    def fail(*_: object) -> None:
        raise ValueError("still broken")

    bring_type(processor, "simulate-work", fail)
    replay = message_for(job, generation=1)
    outcomes = [jobs.outcome(replay.again(), processor) for _ in range(MAX_ATTEMPTS)]
    assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Reject]
    assert isinstance(outcomes[-1], Reject)
    assert outcomes[-1].attributes == {"deadLetterGeneration": "2"}


@pytest.mark.parametrize("times", [1, 2])
def test_the_message_that_a_job_died_on_is_rejected_again_without_its_handler(
    jobs: JobWorld, times: int
) -> None:
    job, message = dead_job(jobs, times=times)
    processor = jobs.processor()
    runs: list[int] = []
    bring_type(processor, "simulate-work", lambda job, log, attempt: runs.append(attempt))
    outcome = jobs.outcome(message.again(), processor)
    assert isinstance(outcome, Reject)
    assert outcome.attributes == {"deadLetterGeneration": str(times)}
    assert outcome.reason == jobs.record(job).reason
    assert not runs


def test_a_dead_letter_of_an_older_generation_is_a_duplicate(jobs: JobWorld) -> None:
    job, _ = dead_job(jobs, times=2)
    record = jobs.record(job)
    assert isinstance(jobs.outcome(message_for(job, generation=1)), Duplicate)
    assert jobs.record(job) == record


def test_a_copy_without_a_generation_of_a_dead_job_is_a_duplicate(jobs: JobWorld) -> None:
    job, _ = dead_job(jobs)
    assert isinstance(jobs.outcome(message_for(job)), Duplicate)


def test_a_message_that_sqs_moved_by_itself_is_claimed_like_any_other(jobs: JobWorld) -> None:
    job = a_job({"failAttempts": 1})
    assert isinstance(jobs.outcome(message_for(job)), Retry)
    assert jobs.outcome(message_for(job)) is None
    assert jobs.record(job).attempts == 2


def test_an_older_copy_that_kills_a_reopened_job_still_gives_a_dead_letter(jobs: JobWorld) -> None:
    """An original that was never deleted may run the last attempt of the job that a replay reopened."""
    job, original = dead_job(jobs)
    processor = jobs.processor()

    def fail(*_: object) -> None:
        raise ValueError("still broken")

    bring_type(processor, "simulate-work", fail)
    replay = message_for(job, generation=1)
    for _ in range(MAX_ATTEMPTS - 1):
        assert isinstance(jobs.outcome(replay.again(), processor), Retry)
    # when: the older copy takes the last attempt, and its worker crashes between ledger and dead letter
    assert isinstance(jobs.outcome(original.again(), processor), Reject)
    # then: its redelivery is moved away with the current generation, and only the replay is a duplicate
    outcome = jobs.outcome(original.again(), processor)
    assert isinstance(outcome, Reject)
    assert outcome.attributes == {"deadLetterGeneration": "2"}
    assert isinstance(jobs.outcome(replay.again(), processor), Duplicate)


def test_a_replay_whose_record_has_expired_starts_with_its_own_generation(jobs: JobWorld) -> None:
    job = a_job({"rejectRate": 1})
    replay = message_for(job, generation=3)
    outcome = jobs.outcome(replay)
    assert isinstance(outcome, Reject)
    assert outcome.attributes == {"deadLetterGeneration": "4"}
    assert isinstance(jobs.outcome(replay.again()), Reject)


def test_a_replays_result_cannot_be_overwritten_by_a_worker_of_the_life_before(jobs: JobWorld) -> None:
    job, _ = dead_job(jobs)
    processor = jobs.processor()
    bring_type(processor, "simulate-work", lambda job, log, attempt: {"mended": True})
    assert jobs.outcome(message_for(job, generation=1), processor) is None
    assert list(jobs.results()) == [f"{job.job_id}/1.1"]
    assert jobs.record(job).result.endswith(f"/{job.job_id}/1.1")


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "²", "9" * 40])
def test_a_generation_that_is_no_number_counts_as_none(jobs: JobWorld, text: str) -> None:
    job, _ = dead_job(jobs)
    message = message_for(job)
    message.attributes["deadLetterGeneration"] = text
    assert isinstance(jobs.outcome(message), Duplicate)
