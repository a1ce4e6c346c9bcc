"""Triggers that a producer sends: their bodies, and sending them in batches without losing count."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
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
    """What came of it. `failures`: job id → SQS's reason. `repeated`: entries that were sent once more."""

    message_ids: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    repeated: int = 0
    seconds: float = 0.0

    def add(self, other: "Sent") -> None:
        """Counts another sender's together with this one's."""
        self.message_ids |= other.message_ids
        self.failures |= other.failures
        self.calls += other.calls
        self.repeated += other.repeated


def entries(wish: TriggerWish, count: int) -> Iterator[Entry]:
    """`count` triggers, each with a job id of its own; those without data get `{"id", "work"}` each.

    Raises BadInput when what was wished for is no trigger.
    """
    return (numbered_entry(wish, number) for number in range(count))


def numbered_entry(wish: TriggerWish, number: int) -> Entry:
    """One of many triggers, with the laboratory's payload unless the wish brings data; raises BadInput."""
    laboratory = {"id": str(uuid.uuid4()), "work": number}
    return single_entry(replace(wish, data=laboratory) if wish.data is None else wish)


def single_entry(wish: TriggerWish, job_id: str | None = None) -> Entry:
    """A trigger with just what was wished for; raises BadInput when that is none."""
    return _entry(wish, job_id or new_job_id(), wish.data)


def send(
    sqs: "SQSClient",
    queue_url: str,
    triggers: Iterable[Entry],
    *,
    sent: Sent | None = None,
    per_second: float | None = None,
    on_progress: Callable[[Sent], None] = lambda _sent: None,
    sleep: Callable[[float], None] = time.sleep,
    whole_batch: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Sent:
    """Sends in batches of 10, at most `per_second`; what SQS refused for no fault of ours is sent again.

    `sent` counts as it goes, so it holds also for who is interrupted; `whole_batch` may hold a signal back.
    """
    sent = Sent() if sent is None else sent
    began = time.monotonic()
    size = min(BATCH_ENTRIES, max(1, int(per_second))) if per_second else BATCH_ENTRIES
    done = 0
    for batch in batches(triggers, size):
        if per_second:
            sleep(max(0.0, began + done / per_second - time.monotonic()))
        with whole_batch():
            # Before anything was sent, an error ends the command.
            is_first = not sent.message_ids and not sent.failures
            send_batch(sqs, queue_url, batch, sent, sleep, may_raise=is_first)
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


def send_batch(
    sqs: "SQSClient",
    queue_url: str,
    batch: list[Entry],
    sent: Sent,
    sleep: Callable[[float], None] = time.sleep,
    *,
    may_raise: bool = False,
) -> None:
    """Sends entries that fit one call until each is taken or given up.

    `may_raise`: boto3's error for the whole call goes through, instead of failing its entries.
    """
    waiting = {str(number): entry for number, entry in enumerate(batch)}
    for attempt in range(TRIES):
        if attempt:
            sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            sent.repeated += len(waiting)
        reasons = _try_batch(sqs, queue_url, waiting, sent, may_raise=may_raise)
        if not waiting:
            return
    sent.failures |= {entry.job_id: reasons.get(key, "no answer") for key, entry in waiting.items()}


def _try_batch(
    sqs: "SQSClient", queue_url: str, waiting: dict[str, Entry], sent: Sent, *, may_raise: bool
) -> dict[str, str]:
    """One call; takes out of `waiting` what is decided. Returns the reasons of what may be tried again."""
    sent.calls += 1
    try:
        answer = sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[{"Id": key, "MessageBody": entry.body} for key, entry in waiting.items()],
        )
    except (ClientError, BotoCoreError) as error:
        # The whole call failed, after boto3's own retries.
        if may_raise:
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
