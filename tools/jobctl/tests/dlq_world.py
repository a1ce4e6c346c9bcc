"""Dead letters for jobctl's tests: sent as a worker sends them, or moved by SQS; and what the ledger says."""

import json
from collections.abc import Sequence
from typing import Any

from deployment.interruption import Interruption
from deployment.target import Target
from job_contract import Job, JobData, LedgerRecord, new_job_id, stream_name
from jobctl.dlq.holding import Hold
from jobctl.dlq.ledger_view import read_records
from jobctl.dlq.letters import STAGES, Letter

DIED_AT = "2026-03-01T10:00:00.000Z"
URLS = {name: (stage.queue, stage.dead_letter_queue) for name, stage in STAGES.items()}


def job(job_type: str = "store-submission", **data: Any) -> Job:
    job_id = new_job_id()
    original = {"trigger": "test", "jobType": job_type, "data": data}
    return Job(
        job_id=job_id,
        job_type=job_type,
        timestamp=DIED_AT,
        correlation_id=f"test-{job_id}",
        data=JobData(original_trigger=original),
    )


def attributes(**texts: str) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def send_letters(environment: Target, stage: str, letters: Sequence[tuple[str, dict[str, Any]]]) -> None:
    url = environment.outputs[URLS[stage][1]]
    for start in range(0, len(letters), 10):
        entries = [
            {"Id": str(number), "MessageBody": body, "MessageAttributes": said}
            for number, (body, said) in enumerate(letters[start : start + 10])
        ]
        answer = environment.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        assert not answer.get("Failed"), answer


def send_dead(
    environment: Target, dead: Sequence[Job], reason: str = "no data", *, generation: int = 1, died: str = ""
) -> None:
    """Letters as a worker sends them, with the ledger's records."""
    for each in dead:
        write_record(environment, each, state="dead", generation=generation, reason=reason, attempts=5)
    said = {
        "deadLetterReason": reason,
        "deadLetteredAt": died or DIED_AT,
        "originalMessageId": "m-1",
        "deadLetterGeneration": str(generation),
    }
    send_letters(
        environment,
        "jobs",
        [(each.encode(), attributes(**each.attributes(), **said)) for each in dead],
    )


def move_by_sqs(environment: Target, stage: str, body: str, said: dict[str, Any] | None = None) -> str:
    """A message that SQS moves to the dead letters at its second receive; returns its message id."""
    sqs = environment.client("sqs")
    url, dead_url = (environment.outputs[name] for name in URLS[stage])
    arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    message_id = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=said or {})["MessageId"]
    for _ in range(2):
        for taken in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            handle = taken["ReceiptHandle"]
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return str(message_id)


def write_record(environment: Target, of: Job, **fields: Any) -> None:
    record = {
        "jobId": of.job_id,
        "jobType": of.job_type,
        "fingerprint": of.fingerprint(),
        "attempts": 1,
        "attemptToken": "t",
        "leaseUntilMs": 0,
        "generation": 0,
        "logGroup": environment.outputs["cloudwatch_log_group_background_job"],
        "stream": stream_name(of.job_id),
        **fields,
    }
    item = {
        key: {"N": str(value)} if isinstance(value, int) else {"S": value} for key, value in record.items()
    }
    environment.client("dynamodb").put_item(TableName=environment.outputs["ledger_table_name"], Item=item)


def record_of(environment: Target, of: Job) -> LedgerRecord | None:
    return read_records(environment, {of.job_id}).get(of.job_id)


def messages(environment: Target, stage: str, *, dead: bool = False) -> list[dict[str, Any]]:
    """Everything that is visible, for nobody hidden after that."""
    sqs, url = environment.client("sqs"), environment.outputs[URLS[stage][dead]]
    found: list[dict[str, Any]] = []
    for _ in range(1000):
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, MessageAttributeNames=["All"]
        )
        if not answer.get("Messages"):
            break
        found += answer["Messages"]
    for message in found:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return found


def said(message: dict[str, Any]) -> dict[str, str]:
    """A message's string attributes."""
    return {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}


def audit_lines(environment: Target, stage: str) -> list[dict[str, Any]]:
    """What stands in the streams of operators."""
    answer = environment.client("logs").filter_log_events(
        logGroupName=environment.outputs[STAGES[stage].log_group], logStreamNamePrefix="operators/"
    )
    return [json.loads(event["message"]) for event in answer["events"]]


def read(environment: Target, stage: str = "jobs", limit: int = 100) -> tuple[Hold, list[Letter]]:
    """The letters, held; close the hold."""
    hold = Hold(environment, STAGES[stage], Interruption())
    return hold, hold.read(limit)
