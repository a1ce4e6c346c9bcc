"""A local lab's own queues, ledger, bucket and log groups on the embedded AWS, made as infra/modules does."""

import json
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from deployment.interruption import signals_held
from deployment.target import Target
from job_contract import LedgerRecord, record_from_item

from jobctl.queues import counts

# infra/modules/queue: a high backstop, and the largest message.
MAX_RECEIVE_COUNT = 100
MAX_MESSAGE_BYTES = 262_144
# DynamoDB: so many keys a call.
_KEYS_A_CALL = 100
_ROUNDS = 20


@dataclass
class Stores:
    """`make` them, use them, `remove` them. Nothing of the stack they stand beside is touched."""

    target: Target
    name: str = field(default_factory=lambda: f"lab-{uuid.uuid4().hex[:12]}")
    urls: dict[str, str] = field(default_factory=dict)

    def make(self) -> "Stores":
        """Everything that the two services need."""
        for queue in ("triggers", "jobs"):
            self.urls[f"{queue}-dlq"] = self._queue(f"{queue}-dlq", {})
            arn = self.target.client("sqs").get_queue_attributes(
                QueueUrl=self.urls[f"{queue}-dlq"], AttributeNames=["QueueArn"]
            )["Attributes"]["QueueArn"]
            redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
            self.urls[queue] = self._queue(queue, {"RedrivePolicy": json.dumps(redrive)})
        self.target.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
        )
        self.target.client("s3").create_bucket(Bucket=self.name)
        for group in self.log_groups:
            self.target.client("logs").create_log_group(logGroupName=group)
        return self

    @property
    def log_groups(self) -> tuple[str, str]:
        """Of jobs, and of custom processing."""
        return f"/ecs/{self.name}/background-job", f"/ecs/{self.name}/custom-processing"

    def remove(self) -> None:
        """Takes all of it away, signals or not; what was not made, or is gone already, is no fault."""
        with signals_held():
            self._remove()

    def _remove(self) -> None:
        sqs, logs, s3 = (self.target.client(service) for service in ("sqs", "logs", "s3"))
        steps: list[tuple[Any, dict[str, str]]] = [
            *((sqs.delete_queue, {"QueueUrl": url}) for url in self.urls.values()),
            *((logs.delete_log_group, {"logGroupName": group}) for group in self.log_groups),
            (self.target.client("dynamodb").delete_table, {"TableName": self.name}),
        ]
        with suppress(ClientError):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.name):
                steps += [
                    (s3.delete_object, {"Bucket": self.name, "Key": item["Key"]})
                    for item in page.get("Contents", [])
                ]
        for step, arguments in [*steps, (s3.delete_bucket, {"Bucket": self.name})]:
            with suppress(ClientError):
                step(**arguments)

    def _queue(self, name: str, attributes: dict[str, str]) -> str:
        given = {"VisibilityTimeout": "30", "MaximumMessageSize": str(MAX_MESSAGE_BYTES), **attributes}
        made = self.target.client("sqs").create_queue(QueueName=f"{self.name}-{name}", Attributes=given)
        return str(made["QueueUrl"])


def read_records(target: Target, table: str, job_ids: Collection[str]) -> dict[str, LedgerRecord]:
    """What a ledger knows of jobs; one that it has never heard of is left out."""
    dynamodb, found = target.client("dynamodb"), {}
    keys = [{"jobId": {"S": each}} for each in job_ids]
    for start in range(0, len(keys), _KEYS_A_CALL):
        wanted: Any = {table: {"Keys": keys[start : start + _KEYS_A_CALL], "ConsistentRead": True}}
        for _ in range(_ROUNDS):
            if not wanted:
                break
            answer = dynamodb.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(table, []):
                record = record_from_item(item)
                found[record.job_id] = record
            wanted = answer.get("UnprocessedKeys")
    return found


def count_messages(target: Target, url: str) -> int:
    """Visible, in flight and delayed ones."""
    return sum(counts(target.client("sqs"), url))


def read_streams(target: Target, group: str, prefix: str) -> dict[str, list[int]]:
    """Streams by name, with the timestamps of their events (one page: a job of the lab writes little)."""
    logs = target.client("logs")
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, logStreamNamePrefix=prefix
    )
    names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    return {
        name: [
            event["timestamp"]
            for event in logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True)[
                "events"
            ]
        ]
        for name in names
    }
