"""From a message on the trigger queue to the handler, and from its job to a message on the next queue."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from job_contract import ContractError, Job, Trigger, derive_job_id, normalize_job_id, parse_trigger
from msgspec.structs import replace
from queue_worker import Outgoing, Reject

from main_job.handler import correlation_id_for, handle, job_id_for

log = logging.getLogger("main_job")
JOB_ID_ATTRIBUTE = "jobId"
_STRING_TYPE_BYTES = len("String")


class Received(Protocol):
    """What the adapter needs of a queue_worker.Message."""

    @property
    def message_id(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def sent_at_ms(self) -> int: ...


def trigger_handler(*, max_message_bytes: int) -> Callable[[Received], Outgoing | None]:
    """The handler that queue_worker runs; jobs above `max_message_bytes` (SQS counts UTF-8) are rejected."""

    def handle_message(message: Received) -> Outgoing | None:
        facts = {"messageId": message.message_id}
        try:
            trigger = _trigger_in(message)
            job_id = job_id_for(trigger, message_id=message.message_id, sent_at_ms=message.sent_at_ms)
            facts |= {"jobId": job_id, "correlationId": correlation_id_for(trigger, job_id)}
            _report_timestamp(trigger, facts)
            job = handle(trigger, message_id=message.message_id, sent_at_ms=message.sent_at_ms)
            if job is None:
                log.info("no background job wanted", extra=facts)
                return None
            outgoing = _outgoing(job, max_message_bytes)
        except ContractError as error:
            raise _rejection(message, facts, str(error)) from None
        log.info("job queued", extra=facts | {"jobType": job.job_type})
        return outgoing

    return handle_message


def _trigger_in(message: Received) -> Trigger:
    """The trigger; one that comes back from the dead-letter queue keeps the id it had (attribute `jobId`)."""
    trigger = parse_trigger(message.body)
    if trigger.job_id is None and JOB_ID_ATTRIBUTE in message.attributes:
        return replace(trigger, job_id=normalize_job_id(message.attributes[JOB_ID_ATTRIBUTE]))
    return trigger


def _report_timestamp(trigger: Trigger, facts: dict[str, Any]) -> None:
    if problem := trigger.timestamp_problem():
        log.warning("trigger timestamp malformed, kept", extra=facts | {"problem": problem})


def _outgoing(job: Job, max_message_bytes: int) -> Outgoing:
    outgoing = Outgoing(job.encode(), job.attributes())
    size_bytes = message_bytes(outgoing)
    if size_bytes > max_message_bytes:
        raise ContractError(
            f"The job has {size_bytes} bytes with its attributes, the background queue takes "
            f"{max_message_bytes}: put the data in S3 and send its address."
        )
    return outgoing


def message_bytes(outgoing: Outgoing) -> int:
    """The size that SQS counts: the body, and each attribute's name, type and value, in UTF-8."""
    attributes = sum(
        len(name.encode()) + _STRING_TYPE_BYTES + len(value.encode())
        for name, value in outgoing.attributes.items()
    )
    return len(outgoing.body.encode()) + attributes


def _rejection(message: Received, facts: dict[str, Any], reason: str) -> Reject:
    """The Reject; it carries the job id, so that a replay of a mended copy keeps it."""
    if "jobId" not in facts:
        facts |= _derived_id(message)
    attributes = {JOB_ID_ATTRIBUTE: str(facts["jobId"])} if "jobId" in facts else {}
    log.error("trigger rejected", extra=facts | {"reason": reason})
    return Reject(reason, attributes=attributes)


def _derived_id(message: Received) -> dict[str, Any]:
    try:
        return {"jobId": derive_job_id(message.message_id, message.sent_at_ms)}
    except ContractError:
        return {}
