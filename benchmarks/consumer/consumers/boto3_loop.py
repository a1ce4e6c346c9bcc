"""boto3 by itself, in the shortest loops that do the same work; LOOPS threads of them.

`one-by-one` deletes each message with a call of its own, as tutorials do. `consume` and `pipe` use batches.
`jobs` writes what the job stage writes: a claim, a stream with three lines, a success.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

QUEUE, NEXT = os.environ["QUEUE_URL"], os.environ["NEXT_QUEUE_URL"]
LOOPS = int(os.environ["LOOPS"])
_CLAIM = (
    "SET #state = :state, #jobType = :jobType, #attemptToken = :attemptToken, #leaseUntilMs = :leaseUntilMs, "
    "#attempts = if_not_exists(#attempts, :zero) + :one"
)
_DONE = "SET #state = :state, #durationMs = :durationMs, #leaseUntilMs = :zero"
Messages = list[Any]


def receive(sqs: Any) -> Messages:
    """Ten messages with what a consumer needs of them."""
    answer = sqs.receive_message(
        QueueUrl=QUEUE,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
    )
    found: Messages = answer.get("Messages", [])
    return found


def delete(sqs: Any, messages: Messages) -> None:
    """In one call."""
    entries = [
        {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
        for index, message in enumerate(messages)
    ]
    sqs.delete_message_batch(QueueUrl=QUEUE, Entries=entries)


def one_by_one(sqs: Any, messages: Messages) -> None:
    """Deletes each by itself."""
    for message in messages:
        sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])


def pipe(sqs: Any, messages: Messages) -> None:
    """Sends all on, then deletes all."""
    entries = [
        {
            "Id": str(index),
            "MessageBody": message["Body"],
            "MessageAttributes": message["MessageAttributes"],
        }
        for index, message in enumerate(messages)
    ]
    sqs.send_message_batch(QueueUrl=NEXT, Entries=entries)
    delete(sqs, messages)


class Jobs:
    """Ledger and logs for each message."""

    def __init__(self, session: boto3.Session, config: Config) -> None:
        self._table = session.client("dynamodb", config=config)
        self._logs = session.client("logs", config=config)

    def __call__(self, sqs: Any, messages: Messages) -> None:
        """Every job by itself, then one delete."""
        for message in messages:
            job = json.loads(message["Body"])
            self._claim(job)
            self._log(job)
            self._finish(job)
        delete(sqs, messages)

    def _claim(self, job: Any) -> None:
        values = {
            "state": {"S": "running"},
            "jobType": {"S": job["jobType"]},
            "attemptToken": {"S": "0" * 32},
            "leaseUntilMs": {"N": str(time.time_ns() // 1_000_000 + 30_000)},
            "zero": {"N": "0"},
            "one": {"N": "1"},
        }
        self._update(job, _CLAIM, (*list(values)[:4], "attempts"), values)

    def _finish(self, job: Any) -> None:
        values = {"state": {"S": "succeeded"}, "durationMs": {"N": "1"}, "zero": {"N": "0"}}
        self._update(job, _DONE, ("state", "durationMs", "leaseUntilMs"), values)

    def _update(self, job: Any, update: str, names: tuple[str, ...], values: dict[str, Any]) -> None:
        self._table.update_item(
            TableName="ledger",
            Key={"jobId": {"S": job["jobId"]}},
            UpdateExpression=update,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )

    def _log(self, job: Any) -> None:
        self._logs.create_log_stream(logGroupName="/jobs", logStreamName=job["jobId"])
        now_ms = time.time_ns() // 1_000_000
        lines = [json.dumps({"jobId": job["jobId"], "line": number}) for number in range(3)]
        self._logs.put_log_events(
            logGroupName="/jobs",
            logStreamName=job["jobId"],
            logEvents=[{"timestamp": now_ms, "message": line} for line in lines],
        )


def loop(sqs: Any, work: Callable[[Any, Messages], None]) -> None:
    """Receives and works until the process is ended."""
    while True:
        if messages := receive(sqs):
            work(sqs, messages)


def main() -> None:
    """Starts the loops and waits for SIGTERM."""
    config = Config(max_pool_connections=LOOPS + 1)
    session = boto3.Session(region_name=os.environ["AWS_REGION"])
    sqs = session.client("sqs", config=config)
    mode = sys.argv[1]
    work: Any = {"consume": delete, "one-by-one": one_by_one, "pipe": pipe}.get(mode)
    if mode == "jobs":
        work = Jobs(session, config)
    for _ in range(LOOPS - 1):
        threading.Thread(target=loop, args=(sqs, work), daemon=True).start()
    loop(sqs, work)


if __name__ == "__main__":
    main()
