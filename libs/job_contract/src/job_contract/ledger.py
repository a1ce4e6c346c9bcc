"""The ledger's record of a job: what the table holds, as background_job writes it and tools read it.

A DynamoDB item keyed by `jobId`. Times are ms since 1970, `expiresAt` is seconds since 1970 (DynamoDB's TTL).
"""

from enum import StrEnum
from typing import Any

import msgspec

from job_contract.errors import ContractError


class JobState(StrEnum):
    """running: an attempt holds the lease (or died with it). retrying: between attempts. Others: final."""

    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    DEAD = "dead"


class LedgerRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One job as the ledger knows it.

    `attempts` counts claims that started a handler, `lost_attempts` those of them whose worker never reported
    back. `lease_until_ms` and `attempt_token` belong to the newest
    attempt. `generation` counts how often the job died; a dead letter carries it, so that only the newest
    one reopens the job. `dead_message_id` is the SQS message that the job died on.
    `shared_stream` is set when the lines went to the task's shared stream instead of `stream`.
    """

    job_id: str
    job_type: str
    fingerprint: str
    state: JobState
    correlation_id: str = ""
    attempts: int = 0
    lost_attempts: int = 0
    attempt_token: str = ""
    lease_until_ms: int = 0
    generation: int = 0
    queued_at_ms: int = 0
    first_started_at_ms: int = 0
    started_at_ms: int = 0
    finished_at_ms: int = 0
    duration_ms: int = 0
    log_group: str = ""
    stream: str = ""
    shared_stream: str = ""
    result: str = ""
    reason: str = ""
    dead_message_id: str = ""
    expires_at: int = 0


# msgspec learns a type at its first use, and crashes when two threads come at once: so that is now.
msgspec.json.Decoder(LedgerRecord)


def record_from_item(item: dict[str, Any]) -> LedgerRecord:
    """The record in a DynamoDB item of the low-level client (`{"jobId": {"S": "..."}, ...}`)."""
    plain = {key: int(value["N"]) if "N" in value else value.get("S") for key, value in item.items()}
    try:
        return msgspec.convert(plain, LedgerRecord)
    except msgspec.ValidationError as error:
        raise ContractError(f"The ledger's item {plain.get('jobId')!r} cannot be read: {error}.") from None
