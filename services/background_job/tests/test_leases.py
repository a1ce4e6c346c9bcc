"""Leases: renewed with the visibility, lost to a successor, given back on a drain."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from embedded_aws.fault_proxy import Fault, slow
from job_contract import Job, JobState
from job_world import FakeMessage, JobWorld, a_job, bring_type, message_for, now_ms, wait_until
from queue_worker import LeaseLost, Unavailable


class RunningJob:
    """A job in the middle of its handler, in a thread; `finish` lets it end and gives its outcome."""

    def __init__(self, jobs: JobWorld, message: FakeMessage) -> None:
        self._go_on = threading.Event()
        self._outcome: list[Exception | None] = []
        processor = jobs.processor()
        bring_type(processor, "simulate-work", self._handle)
        self._thread = threading.Thread(
            target=lambda: self._outcome.append(jobs.outcome(message, processor)), daemon=True
        )
        self._thread.start()
        wait_until(lambda: len(message.duration_limits) > 1)  # the second is the job type's own

    def _handle(self, *_: object) -> dict[str, str]:
        assert self._go_on.wait(30)
        return {"by": "the first worker"}

    def finish(self) -> Exception | None:
        self._go_on.set()
        self._thread.join(30)
        return self._outcome[0]


@contextmanager
def running(jobs: JobWorld) -> Iterator[tuple[Job, FakeMessage, RunningJob]]:
    job = a_job()
    message = message_for(job)
    handler = RunningJob(jobs, message)
    try:
        yield job, message, handler
    finally:
        handler.finish()


def test_a_lease_ends_no_later_than_the_visibility_at_claim(jobs: JobWorld) -> None:
    with running(jobs) as (job, message, _):
        assert now_ms() < jobs.record(job).lease_until_ms <= message.visible_until_ms


def test_a_beat_extends_the_lease_to_the_new_visibility(jobs: JobWorld) -> None:
    with running(jobs) as (job, message, handler):
        until_ms = now_ms() + 45_000
        message.renewals[0](until_ms)
        assert jobs.record(job).lease_until_ms == until_ms
        assert handler.finish() is None


def test_a_worker_that_was_paused_finds_its_lease_lost_and_discards_its_outcome(jobs: JobWorld) -> None:
    with running(jobs) as (job, message, handler):
        # given: the lease ran out while the worker was paused, and a successor has done the job
        jobs.change_record(job, leaseUntilMs=now_ms() - 1)
        assert jobs.outcome(message_for(job)) is None
        record = jobs.record(job)
        # when the first worker wakes up
        with pytest.raises(LeaseLost):
            message.renewals[0](now_ms() + 30_000)
        assert isinstance(handler.finish(), LeaseLost)
        # then the successor's outcome stands
        assert jobs.record(job) == record
        assert jobs.record(job).result.endswith("/2")
        assert jobs.results()[f"{job.job_id}/2"]["attempt"] == 2


def test_a_failure_of_a_worker_that_lost_its_lease_changes_nothing(jobs: JobWorld) -> None:
    job = a_job({"failRate": 1, "sleepSeconds": 0.5})
    outcomes: list[Exception | None] = []
    worker = threading.Thread(target=lambda: outcomes.append(jobs.outcome(message_for(job))))
    worker.start()
    wait_until(lambda: jobs.item(job))
    jobs.change_record(job, attemptToken="successor", attempts=2)
    worker.join(20)
    assert isinstance(outcomes[0], LeaseLost)
    record = jobs.record(job)
    assert (record.state, record.attempt_token) == (JobState.RUNNING, "successor")


def test_a_beat_that_comes_after_the_outcome_does_not_call_the_lease_lost(jobs: JobWorld) -> None:
    for data in ({}, {"failRate": 1}, {"rejectRate": 1}):
        message = message_for(a_job(data))
        jobs.outcome(message)
        message.renewals[0](now_ms() + 30_000)


def test_a_lease_that_is_handed_back_lets_the_next_worker_start_at_once(jobs: JobWorld) -> None:
    with running(jobs) as (job, message, handler):
        message.releases[0]()
        record = jobs.record(job)
        assert (record.state, record.lease_until_ms) == (JobState.RETRYING, 0)
        assert jobs.outcome(message_for(job)) is None
        assert isinstance(handler.finish(), LeaseLost)
        assert jobs.record(job).result.endswith("/2")


def test_handing_back_after_the_job_has_ended_changes_nothing(jobs: JobWorld) -> None:
    job = a_job()
    message = message_for(job)
    jobs.outcome(message)
    record = jobs.record(job)
    message.releases[0]()
    assert jobs.record(job) == record


def test_a_beat_does_not_wait_again_for_a_ledger_that_just_did_not_answer(jobs: JobWorld) -> None:
    with running(jobs) as (_, message, _handler):
        jobs.proxy.add(Fault("UpdateItem", slow(4)))
        with pytest.raises(Unavailable):
            message.renewals[0](now_ms() + 30_000)
        calls = jobs.proxy.calls["UpdateItem"]
        with pytest.raises(Unavailable):
            message.renewals[0](now_ms() + 30_000)
        assert jobs.proxy.calls["UpdateItem"] == calls
        jobs.proxy.clear()
