"""Limits of CreateLogStream and PutLogEvents.

What moto gets wrong: it takes stream names, batches and time spans of any size, says "log group" where a
stream is missing or already exists, reports the last instead of the first event that is too new, and has
no rate limit.
"""

import re
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend

# All from the API reference of CloudWatch Logs and its quotas page.
EVENTS_PER_CALL = 10_000
BYTES_PER_CALL = 1_048_576
BYTES_ADDED_PER_EVENT = 26
SPAN_MS = 24 * 3600 * 1000
NEWEST_MS = 2 * 3600 * 1000
OLDEST_MS = 14 * 24 * 3600 * 1000
STREAM_NAME = re.compile(r"[^:*]{1,512}", re.DOTALL)
STREAMS_PER_SECOND = 50  # CreateLogStream, for each account and region


def apply() -> None:
    """Check what CloudWatch Logs checks."""
    _check_stream_creation()
    LogsBackend.put_log_events = _put_log_events


def _check_stream_creation() -> None:
    stock = LogsBackend.create_log_stream

    def create_log_stream(self: Any, log_group_name: str, log_stream_name: str) -> None:
        _check_stream_name(log_stream_name)
        group = self.groups.get(log_group_name)
        if group is not None and log_stream_name in group.streams:
            raise JsonRESTError("ResourceAlreadyExistsException", "The specified log stream already exists")
        _take_from_bucket(self)
        stock(self, log_group_name, log_stream_name)

    LogsBackend.create_log_stream = create_log_stream


def _check_stream_name(name: str) -> None:
    if STREAM_NAME.fullmatch(name):
        return
    if ":" in name or "*" in name:
        constraint = "Member must satisfy regular expression pattern: [^:*]*"
    else:
        constraint = (
            f"Member must have length {'less than or equal to 512' if name else 'greater than or equal to 1'}"
        )
    raise InvalidParameterException(constraint=constraint, parameter="logStreamName", value=name)


def _take_from_bucket(backend: Any) -> None:
    """A token bucket of one second's worth. Raises ThrottlingException when it is empty."""
    now = time.monotonic()
    tokens, since = getattr(backend, "stream_tokens", (float(STREAMS_PER_SECOND), now))
    tokens = min(STREAMS_PER_SECOND, tokens + (now - since) * STREAMS_PER_SECOND)
    if tokens < 1:
        backend.stream_tokens = (tokens, now)
        raise JsonRESTError("ThrottlingException", "Rate exceeded")
    backend.stream_tokens = (tokens - 1, now)


def _put_log_events(
    self: Any, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
) -> tuple[str, dict[str, int]]:
    """The next sequence token, and which events were rejected for their age."""
    group = self.groups.get(log_group_name)
    if group is None:
        raise ResourceNotFoundException
    if log_stream_name not in group.streams:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    _check_batch(log_events)
    accepted, rejected = _sort_by_age(group, log_events)
    return group.put_log_events(log_stream_name, accepted), rejected


def _check_batch(events: list[dict[str, Any]]) -> None:
    if not 1 <= len(events) <= EVENTS_PER_CALL:
        bound = f"less than or equal to {EVENTS_PER_CALL}" if events else "greater than or equal to 1"
        raise InvalidParameterException(
            constraint=f"Member must have length {bound}", parameter="logEvents", value=len(events)
        )
    for number, event in enumerate(events, start=1):
        if not event["message"]:
            parameter = f"logEvents.{number}.member.message"
            bound = "Member must have length greater than or equal to 1"
            raise InvalidParameterException(constraint=bound, parameter=parameter, value="")
    size = sum(len(event["message"].encode()) + BYTES_ADDED_PER_EVENT for event in events)
    if size > BYTES_PER_CALL:
        raise InvalidParameterException(f"Upload too large: {size} bytes exceeds limit of {BYTES_PER_CALL}")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise InvalidParameterException(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    if times[-1] - times[0] > SPAN_MS:
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )


def _sort_by_age(
    group: LogGroup, events: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    now = time.time() * 1000
    retention_days = getattr(group, "retention_in_days", None)
    expired_before = now - int(retention_days) * 86_400_000 if retention_days else 0
    accepted, rejected = [], {}
    for index, event in enumerate(events):
        if event["timestamp"] < now - OLDEST_MS:
            rejected["tooOldLogEventEndIndex"] = index + 1  # exclusive
        elif event["timestamp"] < expired_before:
            rejected["expiredLogEventEndIndex"] = index + 1
        elif event["timestamp"] > now + NEWEST_MS:
            rejected.setdefault("tooNewLogEventStartIndex", index)
        else:
            accepted.append(event)
    return accepted, rejected
