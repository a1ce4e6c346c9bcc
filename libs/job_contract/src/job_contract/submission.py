"""What a submission holds: its time, in whatever form it came, and never its token.

Here, because who takes submissions in and who stores them must agree on both.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from job_contract.errors import ContractError
from job_contract.lines import utc_timestamp

TIME_KEY = "email_timestream"
NEVER_STORED = "token"
STORE_SUBMISSION = "store-submission"
_ISO_SHORT_DATE_CHARS = 8
# Epoch ticks tell their unit by their size: each bound lies in the year 5138.
_UNITS_PER_SECOND = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))


def submission_time(value: Any) -> str:
    """`2025-06-09T10:30:45.123Z` for an ISO date (UTC where it names no zone) or epoch ticks.

    Raises ContractError for anything else.
    """
    try:
        return utc_timestamp(_time_ms(value))
    except (ValueError, TypeError, OverflowError, OSError):
        raise ContractError(
            f"{TIME_KEY} {value!r:.60} is neither an ISO 8601 date nor epoch ticks (s, ms, us or ns)."
        ) from None


def without_secrets(value: Any) -> Any:
    """A copy without any key named token, in whatever case and however deep."""
    if isinstance(value, dict):
        return {
            key: without_secrets(part) for key, part in value.items() if key.strip().lower() != NEVER_STORED
        }
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value


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
