"""What the tests of the canned server share: the server, and boto3 clients that talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from canned_process import CannedProcess

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class World:
    """A server, a client of it and the address of its queues."""

    server: CannedProcess
    url: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]  # a name, not one of its literals
            endpoint_url=self.url,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    @property
    def sqs(self) -> "SQSClient":
        client: SQSClient = self.client("sqs")
        return client

    def queue(self, name: str) -> str:
        return f"{self.url}/111122223333/{name}"

    def receive(self, sqs: "SQSClient") -> list[Any]:
        """Up to ten messages with everything on them."""
        return sqs.receive_message(
            QueueUrl=self.queue("source"),
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])


@contextmanager
def canned(*options: str) -> Iterator[World]:
    """A server with these options."""
    with CannedProcess("--most-seconds", "120", *options) as server:
        yield World(server, server.url)
