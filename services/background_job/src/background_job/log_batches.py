"""Log lines in as few PutLogEvents calls as its limits allow."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from job_contract import log_line

# PutLogEvents: at most 10,000 events and 1,048,576 bytes a call, each event counting its UTF-8 text and 26
# bytes more; in chronological order; spanning at most 24 hours.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MAX_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
MAX_SPAN_MS = 24 * 3600 * 1000
MAX_LINE_BYTES = MAX_BATCH_BYTES - EVENT_OVERHEAD_BYTES
# A character becomes at most 6 bytes of JSON; one that is JSON already becomes at most 4.
_CUT_CHARS = 80_000
_CUT_ID_CHARS = 1_000


class LogEvent(NamedTuple):
    """One line: ms since 1970, its JSON text, and the bytes that CloudWatch counts for it."""

    time_ms: int
    text: str
    counted_bytes: int


def make_event(
    *, job_id: str, level: str, message: str, time_ms: int, correlation_id: str, fields: dict[str, Any]
) -> LogEvent:
    """The line as an event; one that is too long for CloudWatch is cut, says so, and stays JSON."""
    line: dict[str, Any] = {"job_id": job_id, "level": level, "time_ms": time_ms}
    text = log_line(**line, message=message, correlation_id=correlation_id, fields=fields)
    size_bytes = len(text.encode())
    if size_bytes > MAX_LINE_BYTES:
        bare = log_line(**line, message=message, correlation_id=correlation_id, fields={})
        text = log_line(
            **line,
            message=message[:_CUT_CHARS],
            correlation_id=correlation_id[:_CUT_ID_CHARS],
            fields={"cutFromBytes": size_bytes, "cutFields": text[len(bare) - 1 :][:_CUT_CHARS]},
        )
        size_bytes = len(text.encode())
    return LogEvent(time_ms, text, size_bytes + EVENT_OVERHEAD_BYTES)


def batches(events: Iterable[LogEvent]) -> Iterator[list[LogEvent]]:
    """The events in chronological order, cut into what one call takes; none is empty."""
    batch: list[LogEvent] = []
    batch_bytes = 0
    # Stable: lines of the same millisecond keep their order.
    for event in sorted(events, key=lambda event: event.time_ms):
        full = len(batch) == MAX_EVENTS or batch_bytes + event.counted_bytes > MAX_BATCH_BYTES
        if batch and (full or event.time_ms - batch[0].time_ms > MAX_SPAN_MS):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(event)
        batch_bytes += event.counted_bytes
    if batch:
        yield batch
