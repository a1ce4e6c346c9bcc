"""Log lines of a service or a job, once or as they come."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from deployment.target import Target
from job_contract import (
    DEFAULT_PATTERN,
    SHARED_STREAMS,
    ContractError,
    normalize_job_id,
    pattern_problem,
    stream_name,
)

from jobctl.job_report import FINAL_STATES, read_record

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SERVICES = {
    "main-job": "cloudwatch_log_group_main_job",
    "background-job": "cloudwatch_log_group_background_job",
}
_POLL_SECONDS = 1.0
# Lines reach CloudWatch a little late and out of order: every poll looks back so far.
_OVERLAP_MS = 15_000
_SPAN = re.compile(r"(\d+)([smhd])")
_UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True)
class LogSource:
    """Where to read: groups, and optionally how stream names begin and CloudWatch's filter pattern."""

    groups: tuple[str, ...]
    stream_prefix: str = ""
    filter_pattern: str = ""


@dataclass(frozen=True)
class LogEvent:
    """One line and where it stands."""

    group: str
    stream: str
    text: str


def span_ms(text: str, option: str = "--since") -> int:
    """`90s`, `10m`, `2h`, `1d` in ms; raises BadInput that names the option."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise BadInput(f"{option} {text!r} is no span: give a number and s, m, h or d, as in 10m.")
    return int(found[1]) * _UNIT_MS[found[2]]


def log_source(target: Target, what: str | None, pattern: str | None, filter_pattern: str) -> LogSource:
    """What the words on the command line mean; raises BadInput when they mean nothing."""
    background = target.outputs[SERVICES["background-job"]]
    if pattern is not None:
        if problem := pattern_problem(pattern):
            raise BadInput(problem)
        custom = target.outputs["cloudwatch_log_group_custom_processing"]
        group = background if pattern == DEFAULT_PATTERN else custom
        return LogSource((group,), f"{pattern}/", filter_pattern)
    if what is None:
        return LogSource(tuple(target.outputs[name] for name in SERVICES.values()), "", filter_pattern)
    if what in SERVICES:
        return LogSource((target.outputs[SERVICES[what]],), "", filter_pattern)
    return _job_source(target, what, filter_pattern, background)


def read_events(
    logs: "CloudWatchLogsClient",
    source: LogSource,
    start_ms: int,
    *,
    follow: bool,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[LogEvent]:
    """The lines since `start_ms`; with `follow` it goes on until the caller stops."""
    seen: dict[str, int] = {}
    while True:
        newest_ms = start_ms
        for group in source.groups:
            for event in _pages(logs, source, group, start_ms):
                if event["eventId"] not in seen:
                    seen[event["eventId"]] = event["timestamp"]
                    newest_ms = max(newest_ms, event["timestamp"])
                    yield LogEvent(group, event["logStreamName"], event["message"].rstrip("\n"))
        if not follow:
            return
        start_ms = max(start_ms, newest_ms - _OVERLAP_MS)
        seen = {event_id: at for event_id, at in seen.items() if at >= start_ms}
        sleep(_POLL_SECONDS)


def _pages(
    logs: "CloudWatchLogsClient", source: LogSource, group: str, start_ms: int
) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"logGroupName": group, "startTime": start_ms}
    if source.stream_prefix:
        asked["logStreamNamePrefix"] = source.stream_prefix
    if source.filter_pattern:
        asked["filterPattern"] = source.filter_pattern
    while True:
        answer: Any = logs.filter_log_events(**asked)
        yield from answer["events"]
        if "nextToken" not in answer:
            return
        asked["nextToken"] = answer["nextToken"]


def _job_source(target: Target, what: str, filter_pattern: str, background: str) -> LogSource:
    try:
        job_id = normalize_job_id(what)
    except ContractError:
        raise BadInput(f"{what!r} is neither {' nor '.join(SERVICES)} nor a job id (ULID).") from None
    record = read_record(target, job_id)
    if record and record.shared_stream:
        return LogSource((record.log_group,), record.shared_stream, filter_pattern or f'"{job_id}"')
    from_ledger = (record.log_group, record.stream) if record and record.stream else None
    group, stream = from_ledger or (background, stream_name(job_id))
    if record and record.state in FINAL_STATES and not _exists(target, group, stream):
        return LogSource((background,), SHARED_STREAMS, filter_pattern or f'"{job_id}"')
    return LogSource((group,), stream, filter_pattern)


def _exists(target: Target, group: str, stream: str) -> bool:
    with one_sentence(target.name):
        answer = target.client("logs").describe_log_streams(
            logGroupName=group, logStreamNamePrefix=stream, limit=1
        )
    return bool(answer["logStreams"])
