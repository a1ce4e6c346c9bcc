"""AWS that is away, slow, or answers into the void: nothing is lost, and no attempt is burnt."""

import threading

import pytest
from embedded_aws.fault_proxy import Fault, cut_after, cut_before, refuse
from job_contract import JobState
from job_world import JobWorld, a_job, message_for, now_ms, wait_until
from queue_worker import LeaseLost, Reject, Retry, Unavailable


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "ResourceNotFoundException",
        "InternalServerError",
    ],
)
def test_a_ledger_that_refuses_the_claim_is_unavailable_and_costs_no_attempt(
    jobs: JobWorld, code: str
) -> None:
    job, processor = a_job(), jobs.processor()
    message = message_for(job)
    jobs.proxy.add(Fault("UpdateItem", refuse(code)))
    outcome = jobs.outcome(message, processor)
    assert isinstance(outcome, Unavailable)
    assert code in outcome.reason
    jobs.proxy.clear()
    assert jobs.outcome(message, processor) is None
    assert jobs.record(job).attempts == 1


def test_a_table_that_is_gone_and_comes_back_loses_no_job(jobs: JobWorld) -> None:
    job, processor = a_job(), jobs.processor()
    message = message_for(job)
    jobs.dynamodb.delete_table(TableName=jobs.settings.ledger_table)
    assert isinstance(jobs.outcome(message, processor), Unavailable)
    jobs.make_table()
    assert jobs.outcome(message, processor) is None


def test_a_connection_that_is_refused_and_comes_back_loses_no_job(jobs: JobWorld) -> None:
    job, processor = a_job(), jobs.processor()
    message = message_for(job)
    jobs.proxy.stop()
    assert isinstance(jobs.outcome(message, processor), Unavailable)
    jobs.proxy.start()
    assert jobs.outcome(message, processor) is None


def test_a_claim_that_was_written_unheard_is_recognised_and_counted_once(jobs: JobWorld) -> None:
    job, processor = a_job(), jobs.processor()
    message = message_for(job)
    jobs.proxy.add(Fault("UpdateItem", cut_after))
    assert isinstance(jobs.outcome(message, processor), Unavailable)
    assert jobs.record(job).attempts == 1
    # Even the lease has run out by the time that the ledger is back.
    jobs.change_record(job, leaseUntilMs=now_ms() - 1)
    jobs.proxy.clear()
    assert jobs.outcome(message, processor) is None
    assert jobs.record(job).attempts == 1


def test_a_request_that_the_ledger_calls_wrong_does_not_pause_the_others(jobs: JobWorld) -> None:
    jobs.proxy.add(Fault("UpdateItem", refuse("ValidationException")))
    outcome = jobs.outcome(message_for(a_job()))
    assert outcome is not None
    assert not isinstance(outcome, Unavailable)


@pytest.mark.parametrize("behaviour", [cut_before, cut_after])
@pytest.mark.parametrize(
    ("data", "expected", "state"),
    [
        ({}, type(None), JobState.SUCCEEDED),
        ({"failRate": 1}, Retry, JobState.RETRYING),
        ({"rejectRate": 1}, Reject, JobState.DEAD),
    ],
)
def test_an_outcome_is_recorded_once_however_often_its_write_is_cut(
    jobs: JobWorld, data: dict[str, int], expected: type, state: JobState, behaviour: object
) -> None:
    job = a_job(data)
    jobs.proxy.add(Fault("UpdateItem", behaviour, after=1, times=7))  # type: ignore[arg-type]
    outcome = jobs.outcome(message_for(job))
    assert isinstance(outcome, expected)
    record = jobs.record(job)
    assert (record.state, record.attempts) == (state, 1)
    assert record.generation == (1 if state is JobState.DEAD else 0)


@pytest.mark.parametrize("behaviour", [cut_before, cut_after, refuse("AccessDenied")])
def test_a_result_is_stored_when_the_bucket_comes_back(jobs: JobWorld, behaviour: object) -> None:
    job = a_job()
    jobs.proxy.add(Fault("PUT *", behaviour, times=7))  # type: ignore[arg-type]
    assert jobs.outcome(message_for(job)) is None
    assert list(jobs.results()) == [f"{job.job_id}/1"]


def test_work_that_cannot_be_recorded_before_the_drain_ends_is_handed_back(jobs: JobWorld) -> None:
    job = a_job()
    message = message_for(job)
    jobs.proxy.add(Fault("UpdateItem", refuse("ThrottlingException"), after=1))
    outcomes: list[Exception | None] = []
    worker = threading.Thread(target=lambda: outcomes.append(jobs.outcome(message)))
    worker.start()
    wait_until(lambda: jobs.proxy.calls["UpdateItem"] > 3)
    # given: the handler has ended, the ledger is away, and no drain has begun: it waits
    assert not outcomes
    # when
    message.draining = True
    worker.join(30)
    # then: never deleted; a successor may run it once the lease has ended
    assert isinstance(outcomes[0], Unavailable)
    assert jobs.record(job).state is JobState.RUNNING


def test_an_outcome_that_waited_too_long_is_discarded_for_the_successors(jobs: JobWorld) -> None:
    job = a_job()
    outage = jobs.proxy.add(Fault("UpdateItem", refuse("ThrottlingException"), after=1))
    outcomes: list[Exception | None] = []
    worker = threading.Thread(target=lambda: outcomes.append(jobs.outcome(message_for(job))))
    worker.start()
    wait_until(lambda: outage.hits > 3)
    jobs.change_record(job, attemptToken="successor", attempts=2)
    jobs.proxy.clear()
    worker.join(30)
    assert isinstance(outcomes[0], LeaseLost)
