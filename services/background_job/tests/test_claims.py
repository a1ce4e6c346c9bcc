"""Who may run a job: leases, used-up attempts, ids that belong to somebody else."""

import threading

import msgspec
import pytest
from background_job.claiming import Claimer, MustRunAlone
from background_job.ledger import Ledger, LogPlace
from embedded_aws.fault_proxy import Fault, cut_after
from job_contract import Job, JobState
from job_world import MAX_ATTEMPTS, JobWorld, a_job, message_for, now_ms
from queue_worker import Defer, Duplicate, Reject


def crashed_attempt(
    jobs: JobWorld, job: Job, *, attempts: int = 1, lease_until_ms: int | None = None
) -> None:
    """The ledger as a worker leaves it that was killed in its attempt number `attempts`."""
    jobs.outcome(message_for(job))
    lease = now_ms() - 1 if lease_until_ms is None else lease_until_ms
    jobs.change_record(
        job,
        state="running",
        attempts=attempts,
        lostAttempts=attempts - 1,
        leaseUntilMs=lease,
        attemptToken="killed",
    )


def test_a_job_that_a_living_worker_runs_is_deferred_to_the_end_of_its_lease(jobs: JobWorld) -> None:
    job, lease_until_ms = a_job(), now_ms() + 20_000
    crashed_attempt(jobs, job, lease_until_ms=lease_until_ms)
    outcome = jobs.outcome(message_for(job))
    assert isinstance(outcome, Defer)
    assert outcome.until_ms == lease_until_ms
    assert jobs.record(job).attempts == 1


def test_a_job_whose_worker_was_killed_is_claimed_once_its_lease_has_ended(jobs: JobWorld) -> None:
    job = a_job()
    crashed_attempt(jobs, job)
    assert jobs.outcome(message_for(job)) is None
    record = jobs.record(job)
    assert (record.state, record.attempts) == (JobState.SUCCEEDED, 2)


def test_attempts_that_crashed_count_and_the_claim_after_the_last_is_the_death(jobs: JobWorld) -> None:
    job, message = a_job(), None
    crashed_attempt(jobs, job, attempts=MAX_ATTEMPTS)
    message = message_for(job)
    outcome = jobs.outcome(message)
    assert isinstance(outcome, Reject)
    assert outcome.reason.startswith("All 3 attempts are used up")
    assert outcome.attributes == {"deadLetterGeneration": "1"}
    record = jobs.record(job)
    assert (record.state, record.attempts, record.generation) == (JobState.DEAD, MAX_ATTEMPTS, 1)
    assert record.dead_message_id == message.message_id


def test_a_job_whose_workers_vanish_is_claimed_only_by_who_runs_it_alone(jobs: JobWorld) -> None:
    job, table = a_job(), jobs.settings.ledger_table
    crashed_attempt(jobs, job, attempts=2)
    ledger = Ledger(jobs.dynamodb, table, retention_seconds=99)
    claimer = Claimer(ledger, max_attempts=MAX_ATTEMPTS, log_place=lambda _: LogPlace("/jobs", "stream"))
    with pytest.raises(MustRunAlone):
        claimer.claim(message_for(job), job)
    assert jobs.record(job).attempts == 2
    attempt = claimer.claim(message_for(job), job, alone=True)
    record = jobs.record(job)
    assert (attempt.number, record.attempts, record.lost_attempts) == (3, 3, 2)


def test_a_job_that_reported_back_since_its_workers_vanished_still_runs_alone(jobs: JobWorld) -> None:
    job, table = a_job(), jobs.settings.ledger_table
    crashed_attempt(jobs, job, attempts=2)
    ledger = Ledger(jobs.dynamodb, table, retention_seconds=99)
    claimer = Claimer(ledger, max_attempts=9, log_place=lambda _: LogPlace("/jobs", "stream"))
    attempt = claimer.claim(message_for(job), job, alone=True)
    ledger.retry(job.job_id, attempt.token, reason="failed", place=LogPlace("/jobs", "stream"))
    with pytest.raises(MustRunAlone):
        claimer.claim(message_for(job), job)


def test_a_death_by_used_up_attempts_is_repeated_when_its_answer_is_lost(jobs: JobWorld) -> None:
    job = a_job()
    crashed_attempt(jobs, job, attempts=MAX_ATTEMPTS)
    jobs.proxy.add(Fault("UpdateItem", cut_after, after=1, times=1))
    outcome = jobs.outcome(message_for(job))
    assert isinstance(outcome, Reject)
    assert outcome.attributes == {"deadLetterGeneration": "1"}
    assert jobs.record(job).generation == 1


def test_the_same_id_with_other_content_is_rejected_and_the_ledger_stays(jobs: JobWorld) -> None:
    job, processor = a_job({"id": "mine"}), jobs.processor()
    jobs.outcome(message_for(job), processor)
    record = jobs.record(job)
    other = msgspec.structs.replace(a_job({"id": "theirs"}), job_id=job.job_id)
    outcome = jobs.outcome(message_for(other), processor)
    assert isinstance(outcome, Reject)
    assert "belongs to another job" in outcome.reason
    assert outcome.attributes == {}
    assert jobs.record(job) == record


def test_the_same_trigger_sent_twice_by_its_producer_is_one_job(jobs: JobWorld) -> None:
    job, processor = a_job({"id": "mine"}), jobs.processor()
    jobs.outcome(message_for(job), processor)
    resent = msgspec.structs.replace(job, timestamp="2027-01-01T00:00:00.000Z")
    assert isinstance(jobs.outcome(message_for(resent), processor), Duplicate)


def test_of_many_workers_with_copies_of_one_job_exactly_one_runs_it(jobs: JobWorld) -> None:
    job = a_job({"sleepSeconds": 0.5})
    processor = jobs.processor()
    barrier = threading.Barrier(6)
    outcomes: list[Exception | None] = []

    def work() -> None:
        barrier.wait(10)
        outcomes.append(jobs.outcome(message_for(job), processor))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Defer"] * 5 + ["NoneType"]
    assert jobs.record(job).attempts == 1


def test_a_record_that_expired_makes_room_for_the_same_id(jobs: JobWorld) -> None:
    job = a_job()
    jobs.outcome(message_for(job))
    jobs.dynamodb.delete_item(TableName=jobs.settings.ledger_table, Key={"jobId": {"S": job.job_id}})
    assert jobs.outcome(message_for(job)) is None
    assert jobs.record(job).attempts == 1
