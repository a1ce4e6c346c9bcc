"""Who may run a job: a request to claim it, and the verdict on what the ledger already says."""

from enum import StrEnum
from typing import NamedTuple

from job_contract import Job, JobState, LedgerRecord


class ClaimRequest(NamedTuple):
    """One message that wants its job run.

    `generation`: the dead-letter generation that the message carries, 0 for one that never died.
    `token`: names this attempt, unique. Times are ms since 1970; `lease_until_ms` ends no later than the
    message's visibility, so whoever gets the message next may also have the lease. `alone`: no other job
    runs beside it; without that, a job with `lost_limit` lost attempts is not claimed.
    """

    job: Job
    fingerprint: str
    message_id: str
    generation: int
    queued_at_ms: int
    token: str
    lease_until_ms: int
    max_attempts: int
    lost_limit: int
    alone: bool
    log_group: str
    stream: str


class Verdict(StrEnum):
    """What a message may do, given the ledger's record."""

    MINE = "this very request holds the lease"
    SUCCEEDED = "the job is done"
    LEASED = "a living worker runs it, or its time has not come"
    OTHER_CONTENT = "the id belongs to another job"
    USED_UP = "no attempts are left"
    REPLAY = "the job died, and this message is its newest dead letter coming back"
    DIED_ON_THIS = "the job died on this message, which was not moved away yet"
    OUTDATED = "the job died, on another message"
    SUSPECT = "so many of its workers vanished that it may only run alone"
    ABANDONED = "its worker vanished, and it can be taken over"
    FREE = "it can be claimed"


def judge(record: LedgerRecord, request: ClaimRequest, now_ms: int) -> Verdict:
    """The verdict on `request`; `record` is what the ledger holds."""
    if not record.fingerprint:  # the record expired under our hands
        return Verdict.FREE
    if record.fingerprint != request.fingerprint:
        return Verdict.OTHER_CONTENT
    match record.state:
        case JobState.SUCCEEDED:
            return Verdict.SUCCEEDED
        case JobState.DEAD:
            return _judge_dead(record, request)
        case _:
            return _judge_open(record, request, now_ms)


def _judge_open(record: LedgerRecord, request: ClaimRequest, now_ms: int) -> Verdict:
    if record.state is JobState.RUNNING and record.attempt_token == request.token:
        return Verdict.MINE
    if record.lease_until_ms > now_ms:
        return Verdict.LEASED
    if record.attempts >= request.max_attempts:
        return Verdict.USED_UP
    abandoned = record.state is JobState.RUNNING
    if record.lost_attempts + abandoned >= request.lost_limit and not request.alone:
        return Verdict.SUSPECT
    return Verdict.ABANDONED if abandoned else Verdict.FREE


def _judge_dead(record: LedgerRecord, request: ClaimRequest) -> Verdict:
    # A generation above the ledger's comes from before the record expired or was restored: it is the newest.
    if request.generation >= record.generation:
        return Verdict.REPLAY
    # The message's generation is not compared here: an older copy may have run the job's last attempt, and
    # deleting it as outdated would leave no dead letter at all.
    if request.message_id == record.dead_message_id:
        return Verdict.DIED_ON_THIS
    return Verdict.OUTDATED
