"""What becomes of a job: success, another attempt, death."""

import pytest
from background_job.claiming import MAX_REASON_CHARS
from embedded_aws.fault_proxy import Fault, Forward, Request, Response
from job_contract import JobState
from job_world import MAX_ATTEMPTS, FakeMessage, JobWorld, a_job, bring_type, message_for, now_ms
from queue_worker import Duplicate, Reject, Retry


def test_a_successful_job_has_its_result_its_lines_and_its_record(jobs: JobWorld) -> None:
    job = a_job({"id": "17", "work": 3})
    before_ms = now_ms()
    assert jobs.outcome(message_for(job)) is None
    record = jobs.record(job)
    assert record.state is JobState.SUCCEEDED
    assert (record.attempts, record.generation, record.lease_until_ms, record.reason) == (1, 0, 0, "")
    assert record.queued_at_ms == 1_780_000_000_000
    assert before_ms <= record.first_started_at_ms <= record.started_at_ms <= record.finished_at_ms
    assert record.expires_at * 1000 > before_ms + 59 * 24 * 3600 * 1000
    assert record.result == f"s3://{jobs.settings.results_bucket}/{job.job_id}/1"
    assert jobs.results()[f"{job.job_id}/1"] == {"id": "17", "work": 3, "attempt": 1, "sleptSeconds": 0}
    assert (record.log_group, record.shared_stream) == (jobs.settings.job_log_group, "")
    messages = [line["message"] for line in jobs.lines(record.stream)]
    assert messages[0] == "Processing background job: simulate-work"
    assert messages[-1] == "Background job completed"


def test_a_successful_job_costs_one_call_for_each_thing_it_leaves_behind(jobs: JobWorld) -> None:
    job = a_job()
    jobs.outcome(message_for(job))
    put = f"PUT /{jobs.settings.results_bucket}/{job.job_id}/1"
    assert dict(jobs.proxy.calls) == {"UpdateItem": 2, put: 1, "CreateLogStream": 1, "PutLogEvents": 1}


def test_result_and_lines_are_there_before_the_ledger_calls_the_job_succeeded(jobs: JobWorld) -> None:
    job = a_job()
    seen: list[tuple[int, int]] = []

    def look(request: Request, forward: Forward) -> Response:
        seen.append((len(jobs.results()), len(jobs.streams(jobs.settings.job_log_group))))
        return forward(request)

    jobs.proxy.add(Fault("UpdateItem", look, after=1))
    assert jobs.outcome(message_for(job)) is None
    assert seen == [(1, 1)]


def test_a_job_without_a_result_stores_no_object(jobs: JobWorld) -> None:
    job = a_job(job_type="quiet")
    processor = jobs.processor()
    bring_type(processor, "quiet", lambda job, log, attempt: None)
    assert jobs.outcome(message_for(job), processor) is None
    assert jobs.results() == {}
    assert jobs.record(job).result == ""


def test_a_second_delivery_of_a_succeeded_job_is_a_duplicate(jobs: JobWorld) -> None:
    job, processor = a_job(), jobs.processor()
    assert jobs.outcome(message_for(job), processor) is None
    record = jobs.record(job)
    assert isinstance(jobs.outcome(message_for(job), processor), Duplicate)
    assert jobs.record(job) == record
    assert list(jobs.results()) == [f"{job.job_id}/1"]


def test_a_failed_attempt_gives_the_lease_back_and_asks_for_a_retry(jobs: JobWorld) -> None:
    job = a_job({"failAttempts": 1})
    message = message_for(job)
    outcome = jobs.outcome(message)
    assert isinstance(outcome, Retry)
    assert outcome.attempt == 1
    record = jobs.record(job)
    assert (record.state, record.attempts, record.lease_until_ms) == (JobState.RETRYING, 1, 0)
    assert record.reason == "The simulated work failed, as asked."
    assert jobs.outcome(message.again()) is None
    assert jobs.record(job).attempts == 2
    assert f"{job.job_id}/2" in jobs.record(job).result


def test_the_third_failure_of_three_is_the_jobs_death(jobs: JobWorld) -> None:
    job = a_job({"failRate": 1})
    message, processor = message_for(job), jobs.processor()
    outcomes = [jobs.outcome(message.again(), processor) for _ in range(MAX_ATTEMPTS)]
    assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Reject]
    rejection = outcomes[-1]
    assert isinstance(rejection, Reject)
    assert rejection.attributes == {"deadLetterGeneration": "1"}
    record = jobs.record(job)
    assert (record.state, record.generation) == (JobState.DEAD, 1)
    assert record.dead_message_id == message.message_id
    assert record.reason == rejection.reason == "The simulated work failed, as asked."
    assert jobs.lines(record.stream)[-1]["message"] == "Background job failed for good"


def test_a_handlers_reject_is_death_at_the_first_attempt(jobs: JobWorld) -> None:
    job = a_job({"rejectRate": 1})
    outcome = jobs.outcome(message_for(job))
    assert isinstance(outcome, Reject)
    assert outcome.attributes == {"deadLetterGeneration": "1"}
    assert jobs.record(job).state is JobState.DEAD


@pytest.mark.parametrize("error", [ValueError("x" * 5000), SystemExit(3), RecursionError("deep")])
def test_anything_else_a_handler_raises_is_a_retry_with_a_bounded_reason(
    jobs: JobWorld, error: BaseException
) -> None:
    def handle(*_: object) -> None:
        raise error

    processor = jobs.processor()
    bring_type(processor, "broken", handle)
    job = a_job(job_type="broken")
    outcome = jobs.outcome(message_for(job), processor)
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith(f"{type(error).__name__}: ")
    assert len(outcome.reason) <= MAX_REASON_CHARS
    line = jobs.lines(jobs.record(job).stream)[-1]
    assert line["level"] == "ERROR"
    assert "Traceback" in line["stack"]


def test_a_result_that_json_cannot_hold_is_a_failure_of_the_attempt(jobs: JobWorld) -> None:
    processor = jobs.processor()
    bring_type(processor, "odd", lambda job, log, attempt: {"thing": object()})
    outcome = jobs.outcome(message_for(a_job(job_type="odd")), processor)
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("TypeError: ")


def test_a_retry_with_a_delay_holds_other_copies_off_for_that_long(jobs: JobWorld) -> None:
    def handle(*_: object) -> None:
        raise Retry("the shop is closed", delay_seconds=60)

    processor = jobs.processor()
    bring_type(processor, "patient", handle)
    job = a_job(job_type="patient")
    outcome = jobs.outcome(message_for(job), processor)
    assert isinstance(outcome, Retry)
    assert outcome.delay_seconds == 60
    assert jobs.record(job).lease_until_ms > now_ms() + 50_000


def test_an_unknown_job_type_is_retried_and_dies_by_its_attempts(jobs: JobWorld) -> None:
    job = a_job(job_type="from-the-next-release")
    message, processor = message_for(job), jobs.processor()
    outcomes = [jobs.outcome(message.again(), processor) for _ in range(MAX_ATTEMPTS)]
    assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Reject]
    assert "no handler for 'from-the-next-release'" in str(outcomes[-1])


def test_a_rolling_deploy_that_brings_the_type_saves_the_job(jobs: JobWorld) -> None:
    job = a_job(job_type="from-the-next-release")
    message = message_for(job)
    assert isinstance(jobs.outcome(message), Retry)
    newer = jobs.processor()
    bring_type(newer, "from-the-next-release", lambda job, log, attempt: {"attempt": attempt})
    assert jobs.outcome(message.again(), newer) is None
    assert jobs.results() == {f"{job.job_id}/2": {"attempt": 2}}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("not json", "The job is not JSON"),
        ("[]", "The job has the wrong shape"),
        ('{"jobId":"x"}', "The job has the wrong shape"),
        (a_job(job_type="bad type").encode(), "is not a name of 1 to 128"),
        (a_job().encode().replace('"jobId":"', '"jobId":"L'), "is not a ULID"),
    ],
    ids=["no JSON", "no object", "keys missing", "a bad job type", "a bad job id"],
)
def test_what_is_no_job_is_rejected_without_touching_the_ledger(
    jobs: JobWorld, body: str, sentence: str
) -> None:
    outcome = jobs.outcome(FakeMessage(body))
    assert isinstance(outcome, Reject)
    assert sentence in outcome.reason
    assert not jobs.proxy.calls


def test_each_type_tells_its_maximum_duration(jobs: JobWorld) -> None:
    message = message_for(a_job(job_type="main-job-processing"))
    assert jobs.outcome(message) is None
    assert message.duration_limits[-1] == 900
