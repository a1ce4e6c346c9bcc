"""Lines in a job stream, and the timestamps that all messages carry."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

_SECOND_CHARS = len("2026-11-02T09:30:00")


def utc_timestamp(time_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-11-02T09:30:00.123Z`, from ms since 1970."""
    return f"{_second(time_ms // 1000)}.{time_ms % 1000:03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:_SECOND_CHARS]


def log_line(
    *, job_id: str, level: str, message: str, time_ms: int, correlation_id: str, fields: dict[str, Any]
) -> str:
    """One JSON line of a job stream; `fields` never overwrite the five keys that every line has.

    What JSON cannot hold is written as its repr, for a log line must not fail a job.
    """
    line = {
        "jobId": job_id,
        "level": level,
        "message": message,
        "timestamp": utc_timestamp(time_ms),
        "correlationId": correlation_id,
    }
    extra = {key: value for key, value in fields.items() if key not in line}
    try:
        return msgspec.json.encode(line | extra, enc_hook=repr).decode()
    except Exception:
        # Half a surrogate pair, a list that holds itself, a key that is no text, a repr that raises.
        return json.dumps(line | {_description(key): _description(value) for key, value in extra.items()})


def _description(value: Any) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"
