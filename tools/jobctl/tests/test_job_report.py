"""A job from the ledger, the logs and the results of the embedded AWS."""

import json
import time
from typing import Any

import pytest
from deployment.target import Target
from job_contract import log_line, new_job_id, stream_name
from jobctl.job_report import RESULT_LIMIT_BYTES, JobReport, read_record, report_job, wait_for_end
from jobctl.log_reader import LogSource, log_source


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def write_record(environment: Target, job_id: str, **fields: Any) -> None:
    record = {
        "jobId": job_id,
        "jobType": "main-job-processing",
        "fingerprint": "f",
        "state": "succeeded",
        "attempts": 1,
        "logGroup": environment.outputs["cloudwatch_log_group_background_job"],
        "stream": stream_name(job_id),
        **fields,
    }
    item = {
        key: {"N": str(value)} if isinstance(value, int) else {"S": value} for key, value in record.items()
    }
    environment.client("dynamodb").put_item(TableName=environment.outputs["ledger_table_name"], Item=item)


def write_line(environment: Target, output: str, stream: str, text: str) -> None:
    logs, group = environment.client("logs"), environment.outputs[output]
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now_ms(), "message": text}]
    )


def line(job_id: str, message: str, **fields: Any) -> str:
    return log_line(
        job_id=job_id, level="INFO", message=message, time_ms=now_ms(), correlation_id="c", fields=fields
    )


def report(environment: Target, job_id: str) -> JobReport:
    return report_job(environment, job_id, read_record(environment, job_id))


def test_a_job_that_no_worker_has_claimed_is_unknown_and_knows_its_stream(environment: Target) -> None:
    job_id = new_job_id()

    found = report(environment, job_id)

    assert (found.state, found.attempts, found.stream) == ("unknown", 0, stream_name(job_id))
    assert not found.has_ended()


def test_a_finished_job_has_its_lines_times_and_result(environment: Target) -> None:
    # given
    job_id = new_job_id()
    bucket = environment.outputs["results_bucket_name"]
    environment.client("s3").put_object(Bucket=bucket, Key=f"{job_id}/2", Body=b'{"answer": 42}')
    write_record(
        environment,
        job_id,
        attempts=2,
        result=f"s3://{bucket}/{job_id}/2",
        startedAtMs=1_000,
        finishedAtMs=2_000,
    )
    write_line(environment, "cloudwatch_log_group_background_job", stream_name(job_id), line(job_id, "one"))
    other = new_job_id()
    write_line(environment, "cloudwatch_log_group_main_job", "s", line(other, "job queued", messageId="m2"))
    write_line(environment, "cloudwatch_log_group_main_job", "s", line(job_id, "job queued", messageId="m1"))

    # when
    found = report(environment, job_id)

    # then
    assert (found.state, found.attempts, found.result_content) == ("succeeded", 2, {"answer": 42})
    assert (found.started_at, found.finished_at) == ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z")
    assert [entry["message"] for entry in found.lines] == ["one"]
    assert (found.trigger.state, found.trigger.message_id) == ("queued", "m1")
    assert len(found.trigger.lines) == 1


def test_lines_that_went_to_a_shared_stream_are_found_by_the_job_id(environment: Target) -> None:
    job_id, group = new_job_id(), "cloudwatch_log_group_background_job"
    write_record(environment, job_id, sharedStream="shared/task-1")
    write_line(environment, group, "shared/task-1", line(job_id, "mine"))
    write_line(environment, group, "shared/task-1", line(new_job_id(), "another's"))

    assert [entry["message"] for entry in report(environment, job_id).lines] == ["mine"]


def test_lines_that_a_stopping_worker_left_in_its_shared_stream_are_found(environment: Target) -> None:
    # Given jobs that have ended; the ledger names their own streams, and one of those was never made
    there, elsewhere = new_job_id(), new_job_id()
    group = "cloudwatch_log_group_background_job"
    for job_id in (there, elsewhere):
        write_record(environment, job_id, logGroup=environment.outputs[group], stream=stream_name(job_id))
    write_line(environment, group, stream_name(there), line(there, "in its own"))
    for job_id in (there, elsewhere):
        write_line(environment, group, "shared-streams/task-1", line(job_id, "in the shared one"))

    # Then those who read the lines look there for that one, by its id
    assert [entry["message"] for entry in report(environment, elsewhere).lines] == ["in the shared one"]
    assert [entry["message"] for entry in report(environment, there).lines] == ["in its own"]
    assert log_source(environment, elsewhere, None, "") == LogSource(
        (environment.outputs[group],), "shared-streams/", f'"{elsewhere}"'
    )
    assert log_source(environment, there, None, "").stream_prefix == stream_name(there)


def test_a_large_result_is_cut_and_says_so(environment: Target) -> None:
    job_id, bucket = new_job_id(), environment.outputs["results_bucket_name"]
    environment.client("s3").put_object(
        Bucket=bucket, Key="big", Body=b'"' + b"x" * RESULT_LIMIT_BYTES + b'"'
    )
    write_record(environment, job_id, result=f"s3://{bucket}/big")

    found = report(environment, job_id)

    assert found.result_truncated
    assert len(found.result_content) == RESULT_LIMIT_BYTES


def test_a_result_that_has_expired_does_not_hide_the_rest(environment: Target) -> None:
    job_id = new_job_id()
    write_record(environment, job_id, result=f"s3://{environment.outputs['results_bucket_name']}/gone")

    found = report(environment, job_id)

    assert (found.state, found.result_content) == ("succeeded", "not readable: NoSuchKey")


@pytest.mark.parametrize(
    ("message", "state"), [("no background job wanted", "done"), ("trigger rejected", "rejected")]
)
def test_a_trigger_without_a_job_ends_the_waiting(environment: Target, message: str, state: str) -> None:
    job_id = new_job_id()
    write_line(environment, "cloudwatch_log_group_main_job", "s", line(job_id, message, reason="why"))

    found = wait_for_end(environment, job_id, wait_seconds=30)

    assert (found.state, found.trigger.state, found.trigger.reason) == ("unknown", state, "why")


def test_waiting_ends_when_the_time_is_over(environment: Target) -> None:
    job_id = new_job_id()
    write_record(environment, job_id, state="running")

    assert wait_for_end(environment, job_id, wait_seconds=0.2).state == "running"


def test_show_prints_json_with_the_stated_keys(environment: Target, jobctl: Any) -> None:
    job_id = new_job_id()
    write_record(environment, job_id, state="dead", reason="because")

    done = jobctl("show", job_id.lower(), "--env", environment.environment, "--json")

    answer = json.loads(done.stdout)
    assert (answer["jobId"], answer["state"], answer["reason"]) == (job_id, "dead", "because")
    assert {
        "attempts",
        "stream",
        "logGroup",
        "result",
        "jobType",
        "correlationId",
        "lines",
        "trigger",
    } <= set(answer)


def test_show_prints_text_for_people(environment: Target, jobctl: Any) -> None:
    job_id = new_job_id()
    write_record(environment, job_id, state="retrying", reason="[not] markup", attempts=3)

    done = jobctl("show", job_id, "--env", environment.environment)

    assert f"Job {job_id}: retrying" in done.stdout
    assert "[not] markup" in done.stdout


def test_an_invalid_job_id_is_one_sentence_and_exit_code_2(jobctl: Any) -> None:
    done = jobctl("show", "01ARZ3NDEKTSV4RRFFQ69G5FA")

    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a ULID" in done.stderr
