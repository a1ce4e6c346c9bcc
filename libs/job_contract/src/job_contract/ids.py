"""Job ids: ULIDs that are derived from the trigger's message, not drawn.

The same message gives the same id however often it is delivered, so the handoff from main_job to
background_job is idempotent without a store.
"""

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache

from ulid import ULID

from job_contract.errors import ContractError

# Above 9999-12-31T23:59:59.999Z a ULID has no calendar date, hence no stream name.
LATEST_TIME_MS = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp() * 1000) + 999
_ULID_TIME_BYTES = 6
_ULID_RANDOM_BYTES = 10
_ULID_LENGTH = 26
# The first character holds three bits. What looks like another character (I, L, O) is none.
_CANONICAL = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def derive_job_id(message_id: str, sent_at_ms: int) -> str:
    """The job id of an SQS message: its SentTimestamp in ms, then 80 bits of the hash of its MessageId.

    Raises ContractError when the time is outside of what a stream date can hold.
    """
    if not 0 <= sent_at_ms <= LATEST_TIME_MS:
        raise ContractError(f"SentTimestamp {sent_at_ms} is not a time in ms between 1970 and 9999.")
    random_bits = hashlib.sha256(message_id.encode()).digest()[:_ULID_RANDOM_BYTES]
    return str(ULID.from_bytes(sent_at_ms.to_bytes(_ULID_TIME_BYTES, "big") + random_bits))


def new_job_id() -> str:
    """A fresh job id for a producer that wants its own retries to be idempotent."""
    return str(ULID())


def normalize_job_id(text: object) -> str:
    """The canonical (upper-case) form of a job id that somebody brought along; raises ContractError."""
    return _known(text)[0]


def job_id_time_ms(job_id: str) -> int:
    """The time inside a job id, in ms since 1970; raises ContractError for an invalid id."""
    return _known(job_id)[1]


def _known(text: object) -> tuple[str, int]:
    if isinstance(text, str) and len(text) == _ULID_LENGTH and text.isascii():
        time_ms = _time_ms(text.upper())
        if time_ms is not None:
            return text.upper(), time_ms
    raise ContractError(
        f"jobId {text!r:.60} is not a ULID: 26 characters of 0-9 and A-Z without I, L, O and U, "
        "for a time before the year 10000."
    )


# A job asks for its own id's time several times in its life.
@lru_cache(maxsize=1024)
def _time_ms(text: str) -> int | None:
    if not _CANONICAL.fullmatch(text):
        return None
    time_ms = ULID.from_str(text).milliseconds
    return time_ms if time_ms <= LATEST_TIME_MS else None
