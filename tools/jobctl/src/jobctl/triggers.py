"""Triggers that a producer sends: their bodies, and sending them in batches without losing count."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from deployment.aws_errors import error_code
from deployment.errors import BadInput
from job_contract import ContractError, new_job_id, parse_trigger, utc_timestamp

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS: 10 entries and 1 MiB a batch.
BATCH_ENTRIES = 10
BATCH_BYTES = 1_048_576
TRIES = 4
FIRST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class TriggerWish:
    """What all triggers of one `jobctl send` have in common; None leaves a key out."""

    trigger: str = "jobctl"
    job_type: str | None = None
    data: Any = None
    correlation_id: str | None = None
    log_stream_pattern: str | None = None
    background_job: bool = True


@dataclass(frozen=True)
class Entry:
    """One trigger, ready to be sent; a retry sends the very same again, so it stays one job."""

    job_id: str
    body: str


@dataclass
class Sent:
    """What came of it. `failures`: job id → SQS's reason."""

    message_ids: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def entries(wish: TriggerWish, count: int, job_id: str | None = None) -> Iterator[Entry]:
    """`count` triggers, each with a job id of its own; several without data get `{"id", "work"}` each.

    Raises BadInput when what was wished for is no trigger.
    """
    for number in range(count):
        data = wish.data
        if data is None and count > 1:
            data = {"id": str(uuid.uuid4()), "work": number}
        yield _entry(wish, job_id or new_job_id(), data)


def send(
    sqs: "SQSClient",
    queue_url: str,
    triggers: Iterable[Entry],
    *,
    per_second: float | None = None,
    on_progress: Callable[[Sent], None] = lambda _sent: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Sends in batches of 10, at most `per_second`; what SQS refused for no fault of ours is sent again."""
    sent = Sent()
    began = time.monotonic()
    size = min(BATCH_ENTRIES, max(1, int(per_second))) if per_second else BATCH_ENTRIES
    done = 0
    for batch in batches(triggers, size):
        if per_second:
            sleep(max(0.0, began + done / per_second - time.monotonic()))
        _send_batch(sqs, queue_url, batch, sent, sleep)
        done += len(batch)
        sent.seconds = time.monotonic() - began
        on_progress(sent)
    return sent


def batches(triggers: Iterable[Entry], size: int = BATCH_ENTRIES) -> Iterator[list[Entry]]:
    """Groups within SQS's limits for one call."""
    batch: list[Entry] = []
    batch_bytes = 0
    for entry in triggers:
        entry_bytes = len(entry.body.encode())
        if batch and (len(batch) == size or batch_bytes + entry_bytes > BATCH_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(entry)
        batch_bytes += entry_bytes
    if batch:
        yield batch


def _entry(wish: TriggerWish, job_id: str, data: Any) -> Entry:
    body: dict[str, Any] = {
        "trigger": wish.trigger,
        "timestamp": utc_timestamp(time.time_ns() // 1_000_000),
        "jobId": job_id,
        "triggerBackgroundJob": wish.background_job,
        "jobType": wish.job_type,
        "correlationId": wish.correlation_id,
        "logStreamPattern": wish.log_stream_pattern,
        "data": data,
    }
    text = json.dumps({key: value for key, value in body.items() if value is not None}, ensure_ascii=False)
    try:
        # The services' own judgement, before anything is sent.
        parse_trigger(text)
    except (ContractError, UnicodeEncodeError) as error:
        raise BadInput(str(error)) from None
    if len(text.encode()) > BATCH_BYTES:
        raise BadInput(
            f"The trigger has {len(text.encode())} bytes, SQS takes {BATCH_BYTES}; send less --data."
        )
    return Entry(job_id, text)


def _send_batch(
    sqs: "SQSClient", queue_url: str, batch: list[Entry], sent: Sent, sleep: Callable[[float], None]
) -> None:
    waiting = {str(number): entry for number, entry in enumerate(batch)}
    for attempt in range(TRIES):
        if attempt:
            sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        reasons = _try_batch(sqs, queue_url, waiting, sent)
        if not waiting:
            return
    sent.failures |= {entry.job_id: reasons.get(key, "no answer") for key, entry in waiting.items()}


def _try_batch(sqs: "SQSClient", queue_url: str, waiting: dict[str, Entry], sent: Sent) -> dict[str, str]:
    """One call; takes out of `waiting` what is decided. Returns the reasons of what may be tried again."""
    try:
        answer = sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[{"Id": key, "MessageBody": entry.body} for key, entry in waiting.items()],
        )
    except (ClientError, BotoCoreError) as error:
        # The whole call failed, after boto3's own retries. Before anything was sent that ends the command.
        if not sent.message_ids and not sent.failures:
            raise
        code = error_code(error) if isinstance(error, ClientError) else type(error).__name__
        return dict.fromkeys(waiting, code)
    for success in answer.get("Successful", []):
        sent.message_ids[waiting.pop(success["Id"]).job_id] = success["MessageId"]
    reasons = {}
    for failure in answer.get("Failed", []):
        reason = f"{failure['Code']}: {failure.get('Message', '')}".rstrip(": ")
        if failure["SenderFault"]:
            sent.failures[waiting.pop(failure["Id"]).job_id] = reason
        else:
            reasons[failure["Id"]] = reason
    return reasons
