"""Everything that is known about one job, from both stages: ledger, log lines, result."""

import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError
from deployment.aws_errors import error_code, one_sentence
from deployment.target import Target
from job_contract import (
    SHARED_STREAMS,
    LedgerRecord,
    job_id_time_ms,
    record_from_item,
    stream_name,
    utc_timestamp,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient

FINAL_STATES = {"succeeded", "dead"}
# Of a trigger that wants no job, or none that can be made: there never will be a record.
_NO_JOB_STATES = {"done", "rejected"}
# Of a result that is larger only the beginning is shown.
RESULT_LIMIT_BYTES = 64 * 1024
LINE_LIMIT = 10_000
_PAGE_LIMIT = 50
# A producer's clock may be ahead of CloudWatch's.
_CLOCK_MARGIN_MS = 10 * 60 * 1000
_POLL_SECONDS = 0.4


class TriggerStage(msgspec.Struct, rename="camel", kw_only=True):
    """What main_job's process log says: state is unknown, queued, rejected or done (no job was wanted)."""

    state: str = "unknown"
    log_group: str
    message_id: str = ""
    at: str = ""
    reason: str = ""
    lines: list[dict[str, Any]] = []


class JobReport(msgspec.Struct, rename="camel", kw_only=True):
    """`state`: unknown (no claim yet), running, retrying, succeeded or dead. Times: ISO 8601 UTC or empty."""

    job_id: str
    state: str
    job_type: str = ""
    correlation_id: str = ""
    attempts: int = 0
    queued_at: str = ""
    first_started_at: str = ""
    started_at: str = ""
    finished_at: str = ""
    duration_ms: int = 0
    log_group: str
    stream: str
    shared_stream: str = ""
    lines: list[dict[str, Any]] = []
    result: str = ""
    result_content: Any = None
    result_truncated: bool = False
    reason: str = ""
    trigger: TriggerStage

    def has_ended(self) -> bool:
        """Whether nothing more is going to happen to this job."""
        return self.state in FINAL_STATES or (
            self.state == "unknown" and self.trigger.state in _NO_JOB_STATES
        )


def read_record(target: Target, job_id: str) -> LedgerRecord | None:
    """The ledger's record, or None before the first claim."""
    dynamodb: DynamoDBClient = target.client("dynamodb")
    with one_sentence(target.name):
        item = dynamodb.get_item(
            TableName=target.outputs["ledger_table_name"], Key={"jobId": {"S": job_id}}, ConsistentRead=True
        ).get("Item")
    return record_from_item(item) if item else None


def wait_for_end(target: Target, job_id: str, wait_seconds: float) -> JobReport:
    """The report once the job has ended (or its trigger asked for none), or as it is after `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    while True:
        record = read_record(target, job_id)
        is_over = time.monotonic() >= deadline
        # Without a record, only the log of the first stage can say that there will be none.
        if is_over or record is None or record.state in FINAL_STATES:
            report = report_job(target, job_id, record)
            if is_over or report.has_ended():
                return report
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))


def report_job(target: Target, job_id: str, record: LedgerRecord | None) -> JobReport:
    """The full report; `record` is what the ledger says."""
    with one_sentence(target.name):
        trigger = _trigger_stage(target, job_id)
        report = JobReport(
            job_id=job_id,
            state="unknown",
            log_group=target.outputs["cloudwatch_log_group_background_job"],
            stream=stream_name(job_id),
            trigger=trigger,
        )
        if record is None:
            return report
        _add_record(report, record)
        report.lines = job_lines(target, job_id, report)
        _add_result(target, report)
    return report


def job_lines(target: Target, job_id: str, report: JobReport) -> list[dict[str, Any]]:
    """The job's own lines: from its stream, and from a shared one where lines went there."""
    logs: CloudWatchLogsClient = target.client("logs")
    lines = _stream_lines(logs, report.log_group, report.stream)
    # A worker that must stop leaves lines in its shared stream when it cannot make the job's own any more.
    has_none = not lines and report.state in FINAL_STATES
    if prefix := report.shared_stream or (SHARED_STREAMS if has_none else ""):
        shared = _filtered_lines(logs, target.outputs["cloudwatch_log_group_background_job"], job_id, prefix)
        lines = sorted(lines + shared, key=lambda line: str(line.get("timestamp", "")))
    return lines


def as_line(text: str) -> dict[str, Any]:
    """A log line as its JSON object; one that is none becomes `{"message": text}`."""
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {"message": text}


def _add_record(report: JobReport, record: LedgerRecord) -> None:
    report.state, report.job_type, report.attempts = str(record.state), record.job_type, record.attempts
    report.correlation_id, report.reason, report.result = record.correlation_id, record.reason, record.result
    report.queued_at, report.first_started_at = _iso(record.queued_at_ms), _iso(record.first_started_at_ms)
    report.started_at, report.finished_at = _iso(record.started_at_ms), _iso(record.finished_at_ms)
    report.duration_ms, report.shared_stream = record.duration_ms, record.shared_stream
    report.log_group, report.stream = record.log_group or report.log_group, record.stream or report.stream


def _iso(time_ms: int) -> str:
    return utc_timestamp(time_ms) if time_ms else ""


def _add_result(target: Target, report: JobReport) -> None:
    bucket, _, key = report.result.removeprefix("s3://").partition("/")
    if not key:
        return
    try:
        answer = target.client("s3").get_object(Bucket=bucket, Key=key)
        content = answer["Body"].read(RESULT_LIMIT_BYTES + 1)
    except ClientError as error:
        # The record may outlive the result, and a reader of the ledger need not be one of the bucket.
        report.result_content = f"not readable: {error_code(error)}"
        return
    report.result_truncated = len(content) > RESULT_LIMIT_BYTES
    text = content[:RESULT_LIMIT_BYTES].decode(errors="replace")
    try:
        report.result_content = text if report.result_truncated else json.loads(text)
    except ValueError:
        report.result_content = text


def _trigger_stage(target: Target, job_id: str) -> TriggerStage:
    group = target.outputs["cloudwatch_log_group_main_job"]
    stage = TriggerStage(log_group=group, lines=_filtered_lines(target.client("logs"), group, job_id))
    states = {
        "job queued": "queued",
        "no background job wanted": "done",
        "trigger rejected": "rejected",
    }
    for line in stage.lines:
        if state := states.get(str(line.get("message"))):
            stage.state, stage.at = state, str(line.get("timestamp", ""))
            stage.message_id, stage.reason = str(line.get("messageId", "")), str(line.get("reason", ""))
    return stage


def _filtered_lines(
    logs: "CloudWatchLogsClient", group: str, job_id: str, stream_prefix: str = ""
) -> list[dict[str, Any]]:
    """Lines that name the job, since shortly before the job id's own time."""
    start_ms = max(0, min(job_id_time_ms(job_id), time.time_ns() // 1_000_000) - _CLOCK_MARGIN_MS)
    asked: dict[str, Any] = {"logGroupName": group, "filterPattern": f'"{job_id}"', "startTime": start_ms}
    if stream_prefix:
        asked["logStreamNamePrefix"] = stream_prefix
    found: list[str] = []
    for _page in range(_PAGE_LIMIT):
        try:
            answer = logs.filter_log_events(**asked)
        except logs.exceptions.ResourceNotFoundException:
            break
        found += [event["message"] for event in answer["events"]]
        if len(found) >= LINE_LIMIT or "nextToken" not in answer:
            break
        asked["nextToken"] = answer["nextToken"]
    return [as_line(text) for text in found[:LINE_LIMIT]]


def _stream_lines(logs: "CloudWatchLogsClient", group: str, stream: str) -> list[dict[str, Any]]:
    found: list[str] = []
    asked: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    for _page in range(_PAGE_LIMIT):
        try:
            answer = logs.get_log_events(**asked)
        except logs.exceptions.ResourceNotFoundException:
            break  # Not begun yet, or expired.
        found += [event["message"] for event in answer["events"]]
        token = answer["nextForwardToken"]
        # CloudWatch says by an unchanged token that there is no more.
        if token == asked.get("nextToken") or len(found) >= LINE_LIMIT:
            break
        asked["nextToken"] = token
    return [as_line(text) for text in found[:LINE_LIMIT]]
