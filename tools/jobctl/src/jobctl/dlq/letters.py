"""A dead letter as it was read: whose job it is, why it died, since when."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deployment.target import Target
from job_contract import (
    GENERATION,
    REPLAYED_BY,
    ContractError,
    Job,
    derive_job_id,
    generation_in,
    normalize_job_id,
    parse_job,
    parse_trigger,
    stream_name,
)
from queue_worker.dead_letter import DEAD_LETTERED_AT, ORIGINAL_MESSAGE_ID, REASON

JOB_ID, JOB_TYPE = "jobId", "jobType"
_ATTRIBUTE_KEYS = ("DataType", "StringValue", "BinaryValue")


@dataclass(frozen=True)
class Stage:
    """A queue with its dead-letter queue. The names of Terraform's outputs, but for the first."""

    name: str
    queue: str
    dead_letter_queue: str
    log_group: str


STAGES = {
    "triggers": Stage(
        "triggers",
        "sqs_main_job_triggers_queue_url",
        "sqs_main_job_triggers_dlq_url",
        "cloudwatch_log_group_main_job",
    ),
    "jobs": Stage(
        "jobs",
        "sqs_background_jobs_queue_url",
        "sqs_background_jobs_dlq_url",
        "cloudwatch_log_group_background_job",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One dead letter.

    `attributes`: as SQS takes them. `moved_by_sqs`: not sent by a worker, so its reason is ours, not theirs.
    `job`: None where the body is none. `died_at_ms`: ms since 1970; when it was sent, where nothing tells.
    """

    stage: str
    message_id: str
    receipt_handle: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    moved_by_sqs: bool
    sent_at_ms: int
    died_at_ms: int
    receives: int
    job_id: str
    job_type: str
    correlation_id: str
    reason: str
    job: Job | None

    def text(self, name: str) -> str:
        """A string attribute, or nothing."""
        return str(self.attributes.get(name, {}).get("StringValue", ""))

    @property
    def generation(self) -> int:
        """How often the job had died when this letter was sent, 0 for one that SQS moved before."""
        return generation_in(self.text(GENERATION))

    @property
    def fingerprint(self) -> str:
        """The ledger's name for what was asked; empty for what is no job."""
        return self.job.fingerprint() if self.job else ""

    @property
    def stream(self) -> str:
        """The stream with the job's own lines; a trigger has none yet."""
        return stream_name(self.job_id) if self.stage == "jobs" and self.job_id else ""

    @property
    def original_message_id(self) -> str:
        """The message that it was before it died for the first time."""
        return self.text(ORIGINAL_MESSAGE_ID) or self.message_id

    @property
    def replayed_by(self) -> str:
        """Who sent it back before it died again."""
        return self.text(REPLAYED_BY)


def read_letter(stage: str, raw: Mapping[str, Any], max_receives: int) -> Letter:
    """The letter in an answer of ReceiveMessage; `max_receives`: after so many SQS moves a message itself."""
    system = raw.get("Attributes", {})
    attributes = {
        name: {key: value for key, value in attribute.items() if key in _ATTRIBUTE_KEYS}
        for name, attribute in raw.get("MessageAttributes", {}).items()
    }
    texts = {name: str(attribute.get("StringValue", "")) for name, attribute in attributes.items()}
    sent_at_ms = int(system.get("SentTimestamp", 0))
    moved = "DeadLetterQueueSourceArn" in system or not texts.get(REASON)
    job = _job_in(raw["Body"]) if stage == "jobs" else None
    job_id, job_type, correlation_id = _names(stage, raw, texts, job)
    return Letter(
        stage=stage,
        message_id=raw["MessageId"],
        receipt_handle=raw["ReceiptHandle"],
        body=raw["Body"],
        attributes=attributes,
        moved_by_sqs=moved,
        sent_at_ms=sent_at_ms,
        died_at_ms=sent_at_ms if moved else _time_ms(texts.get(DEAD_LETTERED_AT, ""), sent_at_ms),
        receives=int(system.get("ApproximateReceiveCount", 0)),
        job_id=job_id,
        job_type=job_type,
        correlation_id=correlation_id,
        reason=f"Moved by SQS after {max_receives} receives." if moved else texts[REASON],
        job=job,
    )


def redrive_limits(target: Target, stage: Stage) -> dict[str, str]:
    """Attributes of the queue that the letters come from."""
    answer = target.client("sqs").get_queue_attributes(
        QueueUrl=target.outputs[stage.queue], AttributeNames=["RedrivePolicy", "MaximumMessageSize"]
    )
    return dict(answer.get("Attributes", {}))


def body_digest(letter: Letter) -> str:
    """SHA-256 (hex) of the body, for audit lines."""
    return hashlib.sha256(letter.body.encode()).hexdigest()


def _job_in(body: str) -> Job | None:
    try:
        return parse_job(body)
    except ContractError:
        return None


def _names(
    stage: str, raw: Mapping[str, Any], texts: Mapping[str, str], job: Job | None
) -> tuple[str, str, str]:
    """Job id, type and correlation id: from the body, from the attributes, or as main_job derives it."""
    if job is not None:
        return job.job_id, job.job_type, job.correlation_id
    job_id, job_type = _job_id(texts.get(JOB_ID, "")), texts.get(JOB_TYPE, "")
    if stage != "triggers":
        return job_id, job_type, ""
    try:
        trigger = parse_trigger(raw["Body"])
    except ContractError:
        return job_id or _derived(raw), job_type, ""
    return trigger.job_id or job_id or _derived(raw), trigger.job_type, trigger.correlation_id or ""


def _job_id(text: str) -> str:
    try:
        return normalize_job_id(text)
    except ContractError:
        return ""


def _derived(raw: Mapping[str, Any]) -> str:
    """A trigger that SQS moved has kept its message id and its time, so it has kept its job id, too."""
    try:
        return derive_job_id(raw["MessageId"], int(raw.get("Attributes", {}).get("SentTimestamp", -1)))
    except ContractError:
        return ""


def _time_ms(text: str, otherwise: int) -> int:
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
    except (ValueError, OverflowError):
        return otherwise
