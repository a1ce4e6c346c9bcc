"""The log of one job: lines with fields, in the job's own stream or in another of its streams."""

import logging
import time
from typing import Any

from job_contract import DEFAULT_PATTERN, Job, pattern_problem, stream_name

from background_job.ledger import LogPlace
from background_job.log_batches import LogEvent, make_event
from background_job.log_sink import Sink, Stream
from background_job.log_writer import LogWriter

log = logging.getLogger("background_job.logs")
PATTERN_KEY = "logStreamPattern"


class JobLog:
    """What a handler writes to. A line never fails the job and never waits for CloudWatch.

    >>> log.info("Submission stored", bytes=120)
    >>> log.in_stream("audit-streams").info("Address changed", field="city")
    """

    def __init__(self, streams: "JobStreams", sink: Sink) -> None:
        self._streams = streams
        self._sink = sink

    def debug(self, message: str, **fields: Any) -> None:
        """A line for whoever hunts an error."""
        self._write("DEBUG", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """A line about a step."""
        self._write("INFO", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """A line about something odd that the job survived."""
        self._write("WARNING", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """A line about a failure."""
        self._write("ERROR", message, fields)

    def in_stream(self, pattern: str) -> "JobLog":
        """A log to `<pattern>/YYYY-MM-DD/<ULID>` in the custom-processing group.

        A pattern that CloudWatch refuses leads to the job's own stream, with a warning line.
        """
        return JobLog(self._streams, self._streams.sink_for(pattern))

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self._sink.add([self._streams.event(level, message, fields)])


class JobStreams:
    """The streams of one attempt. Lines wait here and in the writer; `end` puts them.

    `exists`: an earlier attempt has made the job's stream.
    """

    def __init__(
        self, job: Job, writer: LogWriter, *, job_group: str, custom_group: str, exists: bool = False
    ) -> None:
        self._job = job
        self._writer = writer
        self._custom_group = custom_group
        self._exists = exists
        own = Stream(job_group, stream_name(job.job_id))
        self._wanted = _wanted_pattern(job)
        self._problem = pattern_problem(self._wanted)
        self._default = writer.sink(own, exists=exists and self._wanted == DEFAULT_PATTERN)
        self._sinks: dict[str, Sink] = {DEFAULT_PATTERN: self._default}
        self._primary = self._default if self._problem else self.sink_for(str(self._wanted))

    def start(self) -> JobLog:
        """Writes the job's first line and returns its log."""
        job_log = JobLog(self, self._primary)
        job_log.info(f"Processing background job: {self._job.job_type}")
        if self._problem:
            self._default.add([self._refusal(self._problem)])
        return job_log

    @property
    def place(self) -> LogPlace:
        """Where the lines go, as far as is known; final after `end`."""
        target, shared = self._primary.target, self._writer.shared
        if target is not shared:
            return LogPlace(target.stream.group, target.stream.name)
        return LogPlace(self._default.stream.group, self._default.stream.name, shared.stream.name)

    def sink_for(self, pattern: str) -> Sink:
        """The sink for a pattern; the default one, after a warning line, where the pattern is impossible."""
        if pattern not in self._sinks:
            if problem := pattern_problem(pattern):
                self._default.add([self._refusal(problem)])
                return self._default
            stream = Stream(self._custom_group, stream_name(self._job.job_id, pattern))
            self._sinks[pattern] = self._writer.sink(stream, fallback=self._fall_back, exists=self._exists)
        return self._sinks[pattern]

    def end(self) -> LogPlace:
        """Puts all lines, while CloudWatch answers, and says where the main ones went."""
        for sink in list(self._sinks.values()):
            self._writer.flush_now(sink)
        return self.place

    def event(self, level: str, message: str, fields: dict[str, Any]) -> LogEvent:
        """A line of this job, now."""
        return make_event(
            job_id=self._job.job_id,
            level=level,
            message=str(message),
            time_ms=time.time_ns() // 1_000_000,
            correlation_id=self._job.correlation_id,
            fields=fields,
        )

    def _fall_back(self, problem: str) -> tuple[Sink, LogEvent]:
        return self._default, self._refusal(problem)

    def _refusal(self, problem: str) -> LogEvent:
        facts = {"jobId": self._job.job_id, "correlationId": self._job.correlation_id, "problem": problem}
        log.warning("log stream pattern refused", extra=facts)
        return self.event("WARNING", "Log stream pattern refused, using the default", {"problem": problem})


def planned_place(job: Job, *, job_group: str, custom_group: str) -> LogPlace:
    """Where a job's lines are meant to go, before CloudWatch has been asked."""
    pattern = _wanted_pattern(job)
    if pattern == DEFAULT_PATTERN or pattern_problem(pattern):
        return LogPlace(job_group, stream_name(job.job_id))
    return LogPlace(custom_group, stream_name(job.job_id, pattern))


def _wanted_pattern(job: Job) -> Any:
    pattern = job.data.original_trigger.get(PATTERN_KEY)
    return DEFAULT_PATTERN if pattern is None else pattern
