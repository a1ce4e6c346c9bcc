"""What the ledger says about dead letters, and what it must be told about those that SQS moved by itself.

A worker that gives a job up writes that down first. SQS asks nobody: the ledger then says that the job runs,
or that it will be tried again, or nothing. `reconcile` writes that it is dead, and why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from deployment.aws_errors import error_code
from deployment.errors import ToolError
from deployment.target import Target
from job_contract import JobState, LedgerRecord, record_from_item

from jobctl.dlq.letters import Letter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# An operator's clock may be behind that of the workers.
_CLOCK_MARGIN_MS = 60_000
_RETENTION_SECONDS = 60 * 24 * 3600
_MAX_REASON_CHARS = 500
_BATCH = 100  # BatchGetItem
_ROUNDS = 20


class Standing(StrEnum):
    """What the ledger says about a letter's job; the text is what a person reads."""

    NONE = ""
    UNKNOWN = "no record"
    DEAD = "dead"
    LEFT_OPEN = "not told yet"
    IN_WORK = "in work"
    SUCCEEDED = "succeeded"
    OUTDATED = "a newer letter"
    OTHER = "another job's id"


@dataclass(frozen=True)
class Entry:
    """A letter and the ledger's record of its job."""

    letter: Letter
    record: LedgerRecord | None
    standing: Standing

    @property
    def to_reconcile(self) -> bool:
        """SQS moved it, and the ledger does not know."""
        return self.standing in (Standing.UNKNOWN, Standing.LEFT_OPEN) and self.letter.moved_by_sqs


def entries(target: Target, letters: Sequence[Letter], now_ms: int) -> list[Entry]:
    """Each letter with what the ledger says. A trigger is no job yet: the ledger has nothing to say."""
    records = read_records(target, {letter.job_id for letter in letters if letter.fingerprint})
    return [
        Entry(letter, records.get(letter.job_id), standing(letter, records.get(letter.job_id), now_ms))
        for letter in letters
    ]


def standing(letter: Letter, record: LedgerRecord | None, now_ms: int) -> Standing:
    """How letter and record go together; the order is background_job's own (claims.judge)."""
    if record is None or not record.fingerprint:
        return Standing.UNKNOWN if letter.fingerprint else Standing.NONE
    return _standing_on_record(letter, record, now_ms)


def _standing_on_record(letter: Letter, record: LedgerRecord, now_ms: int) -> Standing:
    if record.fingerprint != letter.fingerprint:
        return Standing.OTHER
    if record.state is JobState.SUCCEEDED:
        return Standing.SUCCEEDED
    if letter.generation < record.generation:
        return Standing.OUTDATED
    if record.state is JobState.DEAD:
        return Standing.DEAD
    is_over = record.lease_until_ms + _CLOCK_MARGIN_MS < now_ms
    return Standing.LEFT_OPEN if is_over and letter.moved_by_sqs else Standing.IN_WORK


def read_records(target: Target, job_ids: Iterable[str]) -> dict[str, LedgerRecord]:
    """The records that there are, by job id."""
    table = target.outputs["ledger_table_name"]
    dynamodb: DynamoDBClient = target.client("dynamodb")
    found: dict[str, LedgerRecord] = {}
    ordered = sorted(job_ids)
    for start in range(0, len(ordered), _BATCH):
        wanted: Any = [{"jobId": {"S": job_id}} for job_id in ordered[start : start + _BATCH]]
        for _ in range(_ROUNDS):
            answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": True}})
            records = (record_from_item(dict(item)) for item in answer["Responses"].get(table, []))
            found |= {record.job_id: record for record in records}
            left: Any = answer.get("UnprocessedKeys", {})
            wanted = left.get(table, {}).get("Keys", [])
            if not wanted:
                break
        if wanted:
            raise ToolError("The ledger does not answer for all jobs now; try again in a minute.")
    return found


def reconcile(target: Target, entry: Entry, now_ms: int) -> bool:
    """Writes that the job is dead; False when the ledger has moved on since it was read.

    The generation stays what it is: the letter carries that very one, so that it reopens its job however it
    is sent back. Whoever renewed or took the lease meanwhile has changed what the condition names.
    """
    letter, record = entry.letter, entry.record
    sets: dict[str, str | int] = {
        "state": "dead",
        "reason": death_reason(entry)[:_MAX_REASON_CHARS],
        "deadMessageId": letter.message_id,
        "finishedAtMs": now_ms,
        "leaseUntilMs": 0,
        "expiresAt": max(record.expires_at if record else 0, now_ms // 1000 + _RETENTION_SECONDS),
    }
    if record is None or not record.fingerprint:
        sets |= _first_fields(target, letter)
        return _update(target, letter.job_id, sets, "attribute_not_exists(#fingerprint)", {})
    seen: dict[str, str | int] = {
        "attemptToken": record.attempt_token,
        "state": str(record.state),
        "leaseUntilMs": record.lease_until_ms,
        "attempts": record.attempts,
        "generation": record.generation,
    }
    return _update(target, letter.job_id, sets, " AND ".join(f"#{name} = :was_{name}" for name in seen), seen)


def note_drop(target: Target, entry: Entry, who: str, when: str) -> bool:
    """Adds to a dead job's reason who dropped its letter; False where the job is not dead by this letter."""
    letter, record = entry.letter, entry.record
    if record is None or entry.standing is not Standing.DEAD:
        return False
    reason = f"Dropped by {who} at {when}. It had died of: {record.reason}"
    seen: dict[str, str | int] = {
        "state": "dead",
        "generation": record.generation,
        "fingerprint": letter.fingerprint,
    }
    sets: dict[str, str | int] = {"reason": reason[:_MAX_REASON_CHARS]}
    return _update(target, letter.job_id, sets, " AND ".join(f"#{name} = :was_{name}" for name in seen), seen)


def death_reason(entry: Entry) -> str:
    """Why a job is dead whose message SQS moved."""
    record = entry.record
    if record is None or not record.attempts:
        return f"{entry.letter.reason} No attempt was ever recorded."
    if record.state is JobState.RUNNING:
        return f"{entry.letter.reason} Attempt {record.attempts} never reported back: its worker died."
    return f"{entry.letter.reason} Attempt {record.attempts} had failed: {record.reason}"


def _first_fields(target: Target, letter: Letter) -> dict[str, str | int]:
    """What a job's record has from its first claim on."""
    return {
        "jobType": letter.job_type,
        "fingerprint": letter.fingerprint,
        "correlationId": letter.correlation_id[:2048],
        "attempts": 0,
        "lostAttempts": 0,
        "attemptToken": "",
        "generation": letter.generation,
        "queuedAtMs": letter.sent_at_ms,
        "logGroup": target.outputs["cloudwatch_log_group_background_job"],
        "stream": letter.stream,
    }


def _update(
    target: Target,
    job_id: str,
    sets: Mapping[str, str | int],
    condition: str,
    seen: Mapping[str, str | int],
) -> bool:
    dynamodb: DynamoDBClient = target.client("dynamodb")
    names = {*sets, *seen} | ({"fingerprint"} if "#fingerprint" in condition else set())
    values = {f":{name}": value for name, value in sets.items()}
    values |= {f":was_{name}": value for name, value in seen.items()}
    try:
        dynamodb.update_item(
            TableName=target.outputs["ledger_table_name"],
            Key={"jobId": {"S": job_id}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in sets),
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues={name: _typed(value) for name, value in values.items()},
        )
    except ClientError as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _typed(value: str | int) -> Any:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
