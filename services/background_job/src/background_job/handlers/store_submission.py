"""`store-submission`: keeps a submitted payload with its time, ISO 8601 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

from job_contract import Job, utc_timestamp
from queue_worker import Reject

from background_job.job_log import JobLog

TIME_KEY = "email_timestream"
NEVER_STORED = "token"
_ISO_SHORT_DATE_CHARS = 8
# Epoch ticks tell their unit by their size: each bound lies in the year 5138.
_UNITS_PER_SECOND = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))


def handle(job: Job, log: JobLog, attempt: int) -> dict[str, Any]:
    """The stored object: `{"jobId", "timestamp", "data"}`, without any key named token.

    Raises Reject when there is no data, or no time in it under `email_timestream` (an ISO date or epoch
    ticks in s, ms, us or ns).
    """
    data = job.data.original_trigger.get("data")
    if not isinstance(data, dict):
        raise Reject("The submission has no 'data' object.")
    timestamp = iso_timestamp(data.get(TIME_KEY))
    log.info("Submission time read", timestamp=timestamp, attempt=attempt)
    stored = without_secrets(data) | {TIME_KEY: timestamp}
    log.info("Submission ready to be stored", keys=sorted(stored)[:50])
    return {"jobId": job.job_id, "timestamp": timestamp, "data": stored}


def iso_timestamp(value: Any) -> str:
    """`2025-06-09T10:30:45.123Z` for an ISO date (UTC where it names no zone) or epoch ticks; or Reject."""
    try:
        return utc_timestamp(_time_ms(value))
    except (ValueError, TypeError, OverflowError, OSError):
        raise Reject(
            f"{TIME_KEY} {value!r:.60} is neither an ISO 8601 date nor epoch ticks (s, ms, us or ns)."
        ) from None


def _time_ms(value: Any) -> int:
    if isinstance(value, str) and not _is_ticks(value):
        moment = datetime.fromisoformat(value.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    return _ticks_to_ms(float(value))


def _is_ticks(text: str) -> bool:
    digits = text.strip().lstrip("-").replace(".", "", 1)
    # Eight digits are ISO 8601's short form of a date, 20250609, and as seconds would all lie in 1970-1973.
    return digits.isascii() and digits.isdecimal() and len(text.strip()) != _ISO_SHORT_DATE_CHARS


def _ticks_to_ms(ticks: float) -> int:
    for bound, per_second in _UNITS_PER_SECOND:
        if abs(ticks) < bound:
            return round(ticks * 1000 / per_second)
    raise ValueError(ticks)


def without_secrets(value: Any) -> Any:
    """A copy without any key named token, in whatever case and however deep."""
    if isinstance(value, dict):
        return {
            key: without_secrets(part) for key, part in value.items() if key.strip().lower() != NEVER_STORED
        }
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value
