"""Names of job streams, both ways: `<pattern>/YYYY-MM-DD/<ULID>`.

The date is the ULID's own (UTC), so stream name and job id give each other without a look-up, and a retry
after midnight writes to the same stream.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from job_contract.errors import ContractError
from job_contract.ids import job_id_time_ms, normalize_job_id

DEFAULT_PATTERN = "job-streams"
# How the names of the streams begin that all jobs of a task share: `shared-streams/<task id>`.
SHARED_STREAMS = "shared-streams/"
# CloudWatch Logs, CreateLogStream: 1-512 characters, no ":" and no "*".
MAX_STREAM_NAME_CHARS = 512
_SUFFIX_CHARS = len("/YYYY-MM-DD/") + 26
_MINIMUM_PARTS = 3


@dataclass(frozen=True, slots=True)
class StreamName:
    """The parts of a job stream's name."""

    pattern: str
    date: str
    job_id: str

    def __str__(self) -> str:
        return f"{self.pattern}/{self.date}/{self.job_id}"

    @classmethod
    def parse(cls, name: str) -> "StreamName":
        """The parts of `name`; raises ContractError when it is no job stream's name."""
        parts = name.split("/")
        if len(parts) < _MINIMUM_PARTS:
            raise ContractError(f"Stream name {name!r:.80} is not <pattern>/YYYY-MM-DD/<ULID>.")
        pattern, date, job_id = "/".join(parts[:-2]), parts[-2], normalize_job_id(parts[-1])
        if problem := pattern_problem(pattern):
            raise ContractError(problem)
        if date != _date_of(job_id) or job_id != parts[-1]:
            raise ContractError(f"Stream name {name!r:.80} does not carry the date of its own job id.")
        return cls(pattern, date, job_id)


def stream_name(job_id: str, pattern: str = DEFAULT_PATTERN) -> str:
    """The name of a job's stream; raises ContractError for an invalid id or pattern."""
    if problem := pattern_problem(pattern):
        raise ContractError(problem)
    return f"{pattern}/{_date_of(job_id)}/{job_id}"


def pattern_problem(pattern: object) -> str | None:
    """One sentence about what is wrong with a stream pattern, or None when CloudWatch will take it."""
    if not isinstance(pattern, str):
        return f"Log stream pattern {pattern!r:.60} is not a string."
    if len(pattern) > MAX_STREAM_NAME_CHARS - _SUFFIX_CHARS:
        limit = MAX_STREAM_NAME_CHARS - _SUFFIX_CHARS
        return f"Log stream pattern {pattern[:20]!r}... has {len(pattern)} characters, at most {limit} fit."
    return _problem_inside(pattern)


# Every job asks, and nearly all for the same few.
@lru_cache(maxsize=256)
def _problem_inside(pattern: str) -> str | None:
    if not pattern or any(not segment for segment in pattern.split("/")):
        return f"Log stream pattern {pattern!r:.60} is empty or has an empty segment."
    if ":" in pattern or "*" in pattern or not pattern.isprintable():
        return f"Log stream pattern {pattern!r:.60} has a ':', a '*' or a character that does not print."
    return None


# A job asks for it several times.
@lru_cache(maxsize=1024)
def _date_of(job_id: str) -> str:
    return datetime.fromtimestamp(job_id_time_ms(job_id) // 1000, UTC).date().isoformat()
