"""The job's own stream: what is in it, and where lines go when it cannot be had."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest
from background_job.job_log import JobLog
from background_job.log_writer import AWAY_SECONDS
from embedded_aws.fault_proxy import Fault, Response, refuse, slow
from job_contract import Job, StreamName, stream_name
from job_world import JobWorld, a_job, bring_type, message_for, wait_until


def test_every_line_has_the_five_keys_and_the_fields_of_the_handler(jobs: JobWorld) -> None:
    def handle(job: Job, log: JobLog, attempt: int) -> None:
        log.debug("looked")
        log.warning("odd", jobId="not this", shelf=7, thing=object())

    job, processor = a_job(job_type="x"), jobs.processor()
    bring_type(processor, "x", handle)
    jobs.outcome(message_for(job), processor)
    lines = jobs.lines(stream_name(job.job_id))
    assert [line["level"] for line in lines] == ["INFO", "DEBUG", "WARNING", "INFO"]
    for line in lines:
        assert (line["jobId"], line["correlationId"]) == (job.job_id, "order-17")
        moment = datetime.fromisoformat(line["timestamp"])
        assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert lines[2]["shelf"] == 7
    assert lines[2]["thing"].startswith("<object object")


def test_lines_of_a_long_job_can_be_read_while_it_runs(jobs: JobWorld) -> None:
    go_on = threading.Event()

    def handle(job: Job, log: JobLog, attempt: int) -> None:
        log.info("half way")
        go_on.wait(20)

    job, processor = a_job(job_type="long"), jobs.processor()
    bring_type(processor, "long", handle)
    worker = threading.Thread(target=lambda: jobs.outcome(message_for(job), processor))
    worker.start()
    wait_until(lambda: jobs.streams(jobs.settings.job_log_group))
    wait_until(lambda: jobs.lines(stream_name(job.job_id)))
    assert [line["message"] for line in jobs.lines(stream_name(job.job_id))][1] == "half way"
    go_on.set()
    worker.join(20)


def test_many_lines_are_one_call(jobs: JobWorld) -> None:
    job = a_job({"logLines": 2000})
    jobs.outcome(message_for(job), jobs.processor(log_flush_seconds=60))
    assert jobs.proxy.calls["PutLogEvents"] == 1
    assert len(jobs.lines(stream_name(job.job_id))) == 2003


def test_a_retry_writes_to_the_stream_of_the_first_attempt_without_making_it_again(jobs: JobWorld) -> None:
    job = a_job({"failAttempts": 1})
    message = message_for(job)
    jobs.outcome(message)
    jobs.outcome(message.again())
    assert jobs.streams(jobs.settings.job_log_group) == [stream_name(job.job_id)]
    firsts = [line["message"] for line in jobs.lines(stream_name(job.job_id))]
    assert firsts.count("Processing background job: simulate-work") == 2
    assert jobs.proxy.calls["CreateLogStream"] == 1


def test_a_stream_that_somebody_removed_is_made_again(jobs: JobWorld) -> None:
    job = a_job({"failAttempts": 1})
    message = message_for(job)
    jobs.outcome(message)
    jobs.logs.delete_log_stream(
        logGroupName=jobs.settings.job_log_group, logStreamName=stream_name(job.job_id)
    )
    assert jobs.outcome(message.again()) is None
    assert jobs.lines(stream_name(job.job_id))


def test_a_stream_that_exists_already_is_used(jobs: JobWorld) -> None:
    job = a_job()
    jobs.logs.create_log_stream(
        logGroupName=jobs.settings.job_log_group, logStreamName=stream_name(job.job_id)
    )
    assert jobs.outcome(message_for(job)) is None
    assert jobs.record(job).shared_stream == ""
    assert jobs.lines(stream_name(job.job_id))


def test_a_pattern_of_the_trigger_leads_to_the_group_for_custom_processing(jobs: JobWorld) -> None:
    job = a_job(logStreamPattern="user-actions/u42")
    jobs.outcome(message_for(job))
    record = jobs.record(job)
    assert record.log_group == jobs.settings.custom_log_group
    assert record.stream == stream_name(job.job_id, "user-actions/u42")
    assert len(jobs.lines(record.stream, record.log_group)) == 3
    assert jobs.streams(jobs.settings.job_log_group) == []


@pytest.mark.parametrize("pattern", ["a:b", "a*", "", "a//b", 17, ["x"], "x" * 600])
def test_a_pattern_with_a_forbidden_character_falls_back_with_a_warning(
    jobs: JobWorld, pattern: object
) -> None:
    job = a_job(logStreamPattern=pattern)
    assert jobs.outcome(message_for(job)) is None
    record = jobs.record(job)
    assert (record.log_group, record.stream) == (jobs.settings.job_log_group, stream_name(job.job_id))
    lines = jobs.lines(record.stream)
    assert lines[0]["message"] == "Processing background job: simulate-work"
    assert lines[1]["level"] == "WARNING"
    assert "Log stream pattern" in lines[1]["problem"]
    assert jobs.streams(jobs.settings.custom_log_group) == []


@pytest.mark.parametrize(
    "code", ["InvalidParameterException", "ResourceNotFoundException", "AccessDeniedException"]
)
def test_a_pattern_that_only_cloudwatch_refuses_falls_back_with_a_warning(jobs: JobWorld, code: str) -> None:
    job = a_job(logStreamPattern="tenants/17")
    jobs.proxy.add(Fault("CreateLogStream", refuse(code), on=lambda request: b"tenants" in request.body))
    assert jobs.outcome(message_for(job)) is None
    record = jobs.record(job)
    assert (record.log_group, record.stream) == (jobs.settings.job_log_group, stream_name(job.job_id))
    lines = jobs.lines(record.stream)
    assert lines[0]["message"] == "Processing background job: simulate-work"
    assert [line["level"] for line in lines].count("WARNING") == 1
    assert len(lines) == 4


def test_a_handler_can_write_to_several_streams_of_its_job(jobs: JobWorld) -> None:
    def handle(job: Job, log: JobLog, attempt: int) -> None:
        log.in_stream("audit-streams").info("address changed")
        log.in_stream("audit-streams").info("name changed")
        log.in_stream("perf-streams").info("slow", ms=900)
        log.in_stream("bad:name").info("kept anyway")

    job, processor = a_job(job_type="x"), jobs.processor()
    bring_type(processor, "x", handle)
    assert jobs.outcome(message_for(job), processor) is None
    names = jobs.streams(jobs.settings.custom_log_group)
    assert [StreamName.parse(name).pattern for name in names] == ["audit-streams", "perf-streams"]
    audit = jobs.lines(names[0], jobs.settings.custom_log_group)
    assert [line["message"] for line in audit] == ["address changed", "name changed"]
    own = [line["message"] for line in jobs.lines(stream_name(job.job_id))]
    assert own[1:3] == ["Log stream pattern refused, using the default", "kept anyway"]


def test_beyond_the_rate_of_new_streams_lines_go_to_the_tasks_shared_stream(jobs: JobWorld) -> None:
    processor = jobs.processor(log_streams_per_second=1)
    batch = [a_job() for _ in range(4)]
    for job in batch:
        assert jobs.outcome(message_for(job), processor) is None
    shared = [job for job in batch if jobs.record(job).shared_stream]
    assert 2 <= len(shared) <= 3
    for job in shared:
        name = jobs.record(job).shared_stream
        assert name.startswith("shared-streams/")
        mine = [line for line in jobs.lines(name) if line["jobId"] == job.job_id]
        assert mine[0]["message"] == "Processing background job: simulate-work"
        assert len(mine) == 3
    assert jobs.proxy.calls["CreateLogStream"] == 1 + (4 - len(shared))


@pytest.mark.parametrize("code", ["ThrottlingException", "LimitExceededException"])
def test_when_the_account_has_no_new_streams_left_the_shared_one_is_used(jobs: JobWorld, code: str) -> None:
    job = a_job()
    jobs.proxy.add(Fault("CreateLogStream", refuse(code), on=lambda request: b"job-streams" in request.body))
    assert jobs.outcome(message_for(job)) is None
    record = jobs.record(job)
    assert (record.log_group, record.stream) == (jobs.settings.job_log_group, stream_name(job.job_id))
    assert len(jobs.lines(record.shared_stream)) == 3


@pytest.mark.parametrize("action", ["CreateLogStream", "PutLogEvents"])
@pytest.mark.parametrize("code", ["InternalFailure", "ExpiredTokenException", "ServiceUnavailableException"])
def test_logs_that_are_away_delay_no_job_and_lose_no_line(jobs: JobWorld, action: str, code: str) -> None:
    processor = jobs.processor()
    jobs.proxy.add(Fault(action, refuse(code)))
    batch = [a_job() for _ in range(5)]
    started_at = time.monotonic()
    for job in batch:
        assert jobs.outcome(message_for(job), processor) is None
    # Waiting for CloudWatch each time would take five times AWAY_SECONDS.
    assert time.monotonic() - started_at < 3 * AWAY_SECONDS
    jobs.proxy.clear()
    wait_until(
        lambda: jobs.streams(jobs.settings.job_log_group) == sorted(stream_name(j.job_id) for j in batch)
    )
    wait_until(lambda: all(len(jobs.lines(stream_name(job.job_id))) == 3 for job in batch))
    assert not jobs.counts.values


def test_logs_that_hang_cost_one_short_wait_and_no_more(jobs: JobWorld) -> None:
    processor = jobs.processor(log_away_seconds=600)
    hangs = jobs.proxy.add(Fault("CreateLogStream", slow(8)))
    for _ in range(20):
        assert jobs.outcome(message_for(a_job()), processor) is None
    assert 1 <= hangs.hits <= 2  # the first job waited, perhaps beside the flusher; nobody asked again
    jobs.proxy.clear()


def test_a_group_that_refuses_does_not_hold_back_the_other(jobs: JobWorld) -> None:
    processor = jobs.processor()
    jobs.proxy.add(
        Fault("PutLogEvents", refuse("AccessDeniedException"), on=lambda request: b"/custom/" in request.body)
    )
    assert jobs.outcome(message_for(a_job(logStreamPattern="tenants/1")), processor) is None
    job = a_job()
    assert jobs.outcome(message_for(job), processor) is None
    assert len(jobs.lines(stream_name(job.job_id))) == 3
    jobs.proxy.clear()


def test_lines_beyond_the_buffer_are_dropped_and_counted_and_the_job_succeeds(
    jobs: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    processor = jobs.processor(log_buffer_bytes=100_000)
    jobs.proxy.add(Fault("CreateLogStream", refuse("InternalFailure")))
    job = a_job({"logLines": 1000})
    assert jobs.outcome(message_for(job), processor) is None
    dropped = jobs.counts.values["LogLinesDropped"]
    assert 500 < dropped < 1000
    wait_until(lambda: "job log lines dropped" in caplog.messages)
    assert len([text for text in caplog.messages if text == "job log lines dropped"]) < 5
    jobs.proxy.clear()
    wait_until(lambda: jobs.streams(jobs.settings.job_log_group))
    wait_until(lambda: len(jobs.lines(stream_name(job.job_id))) == 1003 - dropped)


def test_at_the_end_of_the_process_the_last_lines_are_put(jobs: JobWorld) -> None:
    job = a_job()
    jobs.proxy.add(Fault("PutLogEvents", refuse("InternalFailure"), times=1))
    assert jobs.outcome(message_for(job), jobs.processor(log_flush_seconds=60)) is None
    assert jobs.lines(stream_name(job.job_id)) == []
    jobs.writers[0].close(5)
    assert len(jobs.lines(stream_name(job.job_id))) == 3
    assert not jobs.counts.values


def test_lines_that_the_end_of_the_process_leaves_behind_are_counted(jobs: JobWorld) -> None:
    jobs.proxy.add(Fault("PutLogEvents", refuse("InternalFailure")))
    assert jobs.outcome(message_for(a_job())) is None
    jobs.writers[0].close(0.5)
    assert jobs.counts.values == {"LogLinesDropped": 3}


@pytest.mark.parametrize(
    ("rejected", "lines"),
    [
        ({"tooOldLogEventEndIndex": 2}, 2),  # exclusive, says the API reference
        ({"expiredLogEventEndIndex": 1}, 1),
        ({"tooNewLogEventStartIndex": 2}, 1),
        ({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 2}, 3),
    ],
)
def test_what_cloudwatch_finds_too_old_or_too_new_is_counted(
    jobs: JobWorld, rejected: dict[str, int], lines: int
) -> None:
    answer = json.dumps({"rejectedLogEventsInfo": rejected}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    jobs.proxy.add(Fault("PutLogEvents", lambda *_: Response(200, headers, answer)))
    # All lines in one put: a flusher in between would be told the same a second time.
    assert jobs.outcome(message_for(a_job()), jobs.processor(log_flush_seconds=60)) is None
    assert jobs.counts.values == {"LogLinesDropped": lines}
