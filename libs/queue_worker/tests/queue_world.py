"""A world of queues on the embedded AWS, and workers that run inside the test process."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from embedded_aws.fault_proxy import FaultProxy
from queue_worker import Handler, Metrics, WorkerSettings
from queue_worker.shutdown import drain
from queue_worker.worker import Worker

_numbers = itertools.count()


def wait_until(condition: Callable[[], Any], timeout_seconds: float = 240) -> None:
    """Waits for a condition; fails the test when it does not come true."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


class Running:
    """A worker in this process, ticked by a thread of the test."""

    def __init__(self, worker: Worker, stream: "Lines") -> None:
        self.worker = worker
        self.lines = stream
        self._drained: bool | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        worker.start()
        self._thread.start()

    def _run(self) -> None:
        while not self.worker.stopping.is_set():
            self.worker.tick()
            time.sleep(0.02)

    def stop(self) -> bool:
        """Drains; True when every handler had ended."""
        if self._drained is None:
            self.worker.stopping.set()
            self._thread.join(5)
            self._drained = drain(self.worker)
        return self._drained

    def metric(self, name: str) -> int:
        """The total of a counter so far (what was flushed)."""
        self.worker.metrics.flush()
        return sum(line.get(name, 0) for line in self.lines.parsed())


@dataclass
class Lines:
    """A text stream that keeps its lines."""

    text: list[str] = field(default_factory=list)

    def write(self, text: str) -> int:
        self.text.append(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is buffered."""

    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in "".join(self.text).splitlines()]


class World:
    """A queue with its dead-letter queue and a next queue, seen past the proxy and through it."""

    def __init__(self, proxy: FaultProxy, endpoint: str, session: boto3.Session) -> None:
        self.proxy = proxy
        self.session = session
        self.sqs = session.client("sqs", endpoint_url=endpoint)
        name = f"queue-worker-test-{next(_numbers)}"
        self.dead_letter_queue_url = self.sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        self.next_queue_url = self.sqs.create_queue(QueueName=f"{name}-next")["QueueUrl"]
        arn = self.attributes(self.dead_letter_queue_url)["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 20})
        self.queue_url = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})[
            "QueueUrl"
        ]
        self._running: list[Running] = []

    def send(self, *bodies: str, **attributes: str) -> None:
        """Sends messages, ten at a time."""
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        for start in range(0, len(bodies), 10):
            self.sqs.send_message_batch(
                QueueUrl=self.queue_url,
                Entries=[
                    {"Id": str(index), "MessageBody": body, "MessageAttributes": typed}  # type: ignore[typeddict-item]
                    for index, body in enumerate(bodies[start : start + 10])
                ],
            )

    def attributes(self, queue_url: str) -> dict[str, str]:
        answer = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
        return {str(name): value for name, value in answer["Attributes"].items()}

    def counts(self, queue_url: str | None = None) -> tuple[int, int]:
        """(visible, in flight) of a queue; the source queue by default."""
        found = self.attributes(queue_url or self.queue_url)
        return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])

    def take(self, queue_url: str) -> list[dict[str, Any]]:
        """Receives and deletes everything that is visible."""
        taken: list[dict[str, Any]] = []
        while found := self.sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in found:
                taken.append(dict(message))
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def start(self, handler: Handler, **settings: Any) -> Running:
        """A worker whose calls pass the proxy; short times unless the test says otherwise."""
        chosen: dict[str, Any] = {
            "visibility_timeout_seconds": 2,
            "heartbeat_seconds": 0.5,
            "wait_time_seconds": 1,
            "drain_timeout_seconds": 10,
            "retry_base_seconds": 0.1,
            "max_in_flight": settings.get("concurrency", WorkerSettings.concurrency),
            "next_queue_url": self.next_queue_url,
        }
        chosen |= settings
        lines = Lines()
        worker = Worker(
            handler,
            WorkerSettings(
                queue_url=self.queue_url, dead_letter_queue_url=self.dead_letter_queue_url, **chosen
            ),
            session=_through(self.session, self.proxy.endpoint),
            metrics=Metrics(namespace="test", service="test", stream=lines),  # type: ignore[arg-type]
        )
        running = Running(worker, lines)
        self._running.append(running)
        return running

    def close(self) -> None:
        for running in self._running:
            running.stop()


def _through(session: boto3.Session, endpoint: str) -> Any:
    """The session, with every client pointed at the endpoint."""

    class Through(boto3.Session):
        def client(self, name: str, **options: Any) -> Any:  # type: ignore[override]  # its services by name
            make: Any = super().client
            return make(name, endpoint_url=endpoint, **options)

    return Through(aws_access_key_id="test", aws_secret_access_key="test", region_name=session.region_name)
