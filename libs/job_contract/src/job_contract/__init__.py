"""What the services and tools say to each other: messages, job ids, stream names, the ledger record."""

from job_contract.attributes import GENERATION, REPLAYED_AT, REPLAYED_BY, generation_in
from job_contract.errors import ContractError
from job_contract.ids import derive_job_id, job_id_time_ms, new_job_id, normalize_job_id
from job_contract.job import Job, JobData, parse_job
from job_contract.ledger import JobState, LedgerRecord, record_from_item
from job_contract.lines import log_line, utc_timestamp
from job_contract.streams import DEFAULT_PATTERN, SHARED_STREAMS, StreamName, pattern_problem, stream_name
from job_contract.submission import (
    NEVER_STORED,
    STORE_SUBMISSION,
    TIME_KEY,
    submission_time,
    without_secrets,
)
from job_contract.trigger import DEFAULT_JOB_TYPE, Trigger, parse_trigger

__all__ = [
    "DEFAULT_JOB_TYPE",
    "DEFAULT_PATTERN",
    "GENERATION",
    "NEVER_STORED",
    "REPLAYED_AT",
    "REPLAYED_BY",
    "SHARED_STREAMS",
    "STORE_SUBMISSION",
    "TIME_KEY",
    "ContractError",
    "Job",
    "JobData",
    "JobState",
    "LedgerRecord",
    "StreamName",
    "Trigger",
    "derive_job_id",
    "generation_in",
    "job_id_time_ms",
    "log_line",
    "new_job_id",
    "normalize_job_id",
    "parse_job",
    "parse_trigger",
    "pattern_problem",
    "record_from_item",
    "stream_name",
    "submission_time",
    "utc_timestamp",
    "without_secrets",
]
