"""The AWS side of a test: queues of its own, made as infra/modules makes them, and the shared stores."""

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from job_contract import LedgerRecord, record_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"
MAX_MESSAGE_BYTES = 262_144  # infra/modules/queue
MAX_RECEIVE_COUNT = 100  # infra/modules/queue: a high backstop
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Aws:
    """Clients of one embedded AWS, and the stores that all tests share: job ids keep them apart."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.table = "contract-ledger"
        self.bucket = "contract-results-123456789012"
        self.job_log_group = "/ecs/contract/background-job"
        self.custom_log_group = "/ecs/contract/custom-processing"
        self._clients: dict[str, Any] = {}
        # Threads may share a client, and may not make some at the same time.
        self._making = threading.Lock()

    def make_stores(self) -> None:
        """Ledger, results bucket and log groups."""
        make_ledger(self, self.table)
        self.s3.create_bucket(Bucket=self.bucket)
        for group in (self.job_log_group, self.custom_log_group):
            self.client("logs").create_log_group(logGroupName=group)

    def client(self, service: str) -> Any:
        """A client for the test's own calls, straight to the embedded AWS."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint,
                    region_name=REGION,
                    aws_access_key_id="test",
                    aws_secret_access_key="test",
                    config=Config(max_pool_connections=50, retries={"total_max_attempts": 3}),
                )
            return self._clients[service]

    @property
    def sqs(self) -> "SQSClient":
        """SQS."""
        return cast("SQSClient", self.client("sqs"))

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        return cast("DynamoDBClient", self.client("dynamodb"))

    @property
    def s3(self) -> "S3Client":
        """S3."""
        return cast("S3Client", self.client("s3"))

    def record(self, job_id: str, table: str = "") -> LedgerRecord | None:
        """What the ledger says about a job."""
        answer = self.dynamodb.get_item(
            TableName=table or self.table, Key={"jobId": {"S": job_id}}, ConsistentRead=True
        )
        return record_from_item(dict(answer["Item"])) if "Item" in answer else None

    def result(self, address: str) -> Any:
        """The JSON behind `s3://bucket/key`."""
        bucket, _, key = address.removeprefix("s3://").partition("/")
        return json.loads(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def log_events(self, record: LedgerRecord) -> list[Any]:
        """The events of a job's stream, oldest first."""
        answer = self.client("logs").get_log_events(
            logGroupName=record.log_group, logStreamName=record.stream, startFromHead=True
        )
        return list(answer["events"])


def make_ledger(aws: Aws, name: str) -> None:
    """A table as infra/modules/job_store makes it."""
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
    )


@dataclass(frozen=True)
class Received:
    """A message as a test read it."""

    message_id: str
    body: str
    attributes: Mapping[str, str]
    receive_count: int
    receipt_handle: str


class Queue:
    """A queue with its dead-letter queue."""

    def __init__(self, aws: Aws, name: str, *, max_receive_count: int = MAX_RECEIVE_COUNT) -> None:
        self._aws = aws
        self.dead_letter_url = self._make(f"{name}-dlq", {})
        source = f"arn:aws:sqs:{REGION}:123456789012:{name}"
        redrive = {"deadLetterTargetArn": f"{source}-dlq", "maxReceiveCount": max_receive_count}
        self.url = self._make(name, {"RedrivePolicy": json.dumps(redrive)})

    def _make(self, name: str, attributes: Mapping[str, str]) -> str:
        given: Any = {"VisibilityTimeout": "30", "MaximumMessageSize": str(MAX_MESSAGE_BYTES), **attributes}
        return self._aws.sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]

    def send(self, *messages: "Sent") -> list[str]:
        """Sends; returns the message ids."""
        ids: list[str] = []
        for start in range(0, len(messages), 10):
            answer = self._aws.sqs.send_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {
                        "Id": str(index),
                        "MessageBody": message.body,
                        "MessageAttributes": {
                            name: {"DataType": "String", "StringValue": value}
                            for name, value in message.attributes.items()
                        },
                    }
                    for index, message in enumerate(messages[start : start + 10])
                ],
            )
            assert not answer.get("Failed"), answer["Failed"]
            by_id = {entry["Id"]: entry["MessageId"] for entry in answer["Successful"]}
            ids += [by_id[str(index)] for index in range(len(by_id))]
        return ids

    def counts(self) -> tuple[int, int, int]:
        """(visible, invisible, delayed) messages."""
        answer = self._aws.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        counts: Any = answer["Attributes"]
        visible, invisible, delayed = (int(counts[name]) for name in COUNTS)
        return visible, invisible, delayed

    def is_empty(self) -> bool:
        """Nothing visible, invisible or delayed.

        Asked twice: the counts are not of one moment, and a message that just turns visible is in neither.
        """
        return self.counts() == (0, 0, 0) and self.counts() == (0, 0, 0)

    def take_all(self) -> list[Received]:
        """Receives everything that is visible and hides it."""
        return self._take_all(self.url)

    def take_dead_letters(self) -> list[Received]:
        """Receives all dead letters and hides them."""
        return self._take_all(self.dead_letter_url)

    def _take_all(self, url: str) -> list[Received]:
        taken: list[Received] = []
        while messages := self._aws.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            taken += [
                Received(
                    raw["MessageId"],
                    raw["Body"],
                    {
                        name: value["StringValue"]
                        for name, value in raw.get("MessageAttributes", {}).items()
                        if "StringValue" in value
                    },
                    int(raw["Attributes"]["ApproximateReceiveCount"]),
                    raw["ReceiptHandle"],
                )
                for raw in messages
            ]
        return taken


@dataclass(frozen=True)
class Sent:
    """A message to send."""

    body: str
    attributes: Mapping[str, str]


class World:
    """One test's queues: triggers and jobs, with the stores behind them."""

    def __init__(self, aws: Aws, *, max_receive_count: int = MAX_RECEIVE_COUNT) -> None:
        self.aws = aws
        self.name = f"w-{uuid.uuid4().hex[:12]}"
        self.triggers = Queue(aws, f"{self.name}-triggers", max_receive_count=max_receive_count)
        self.jobs = Queue(aws, f"{self.name}-jobs", max_receive_count=max_receive_count)

    def records(self, job_ids: Sequence[str]) -> dict[str, LedgerRecord | None]:
        """What the ledger says about each job."""
        return {job_id: self.aws.record(job_id) for job_id in job_ids}
