"""An environment on the embedded AWS in which a thread does the work of both services."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deployment.target import Target
from jobctl.queues import QUEUES

TRIGGERS, JOBS = QUEUES


@dataclass
class Workers:
    """Takes triggers and writes records. `lose`, `bury` and `reject` say for how many of the first ones."""

    environment: Target
    lose: int = 0
    bury: int = 0
    reject: int = 0
    delay_ms: int = 40
    done: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator["Workers"]:
        """While the block runs."""
        thread = threading.Thread(target=self._work)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()

    def _work(self) -> None:
        sqs, outputs = self.environment.client("sqs"), self.environment.outputs
        while not self._stop.is_set():
            answer = sqs.receive_message(
                QueueUrl=outputs[TRIGGERS], MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"]
            )
            for message in answer.get("Messages", []):
                self._handle(message)
                sqs.delete_message(QueueUrl=outputs[TRIGGERS], ReceiptHandle=message["ReceiptHandle"])

    def _handle(self, message: dict[str, Any]) -> None:
        sqs, outputs = self.environment.client("sqs"), self.environment.outputs
        job_id = json.loads(message["Body"])["jobId"]
        place = len(self.done)
        self.done.append(job_id)
        if place < self.lose:
            return
        if place < self.lose + self.reject:
            sqs.send_message(QueueUrl=outputs[QUEUES[TRIGGERS]], MessageBody=message["Body"])
            return
        dead = place < self.lose + self.reject + self.bury
        if dead:
            sqs.send_message(QueueUrl=outputs[QUEUES[JOBS]], MessageBody=message["Body"])
        self.write(job_id, dead=dead)

    def write(self, job_id: str, *, dead: bool = False, attempts: int = 1) -> None:
        """A record as background_job leaves it."""
        now_ms = time.time_ns() // 1_000_000
        numbers = {
            "attempts": attempts,
            "queuedAtMs": now_ms - self.delay_ms,
            "firstStartedAtMs": now_ms - self.delay_ms // 2,
            "finishedAtMs": now_ms,
            "durationMs": self.delay_ms // 2,
        }
        texts = {"jobId": job_id, "state": "dead" if dead else "succeeded", "reason": "no" if dead else ""}
        item = {name: {"N": str(value)} for name, value in numbers.items()}
        item |= {name: {"S": value} for name, value in texts.items()}
        self.environment.client("dynamodb").put_item(
            TableName=self.environment.outputs["ledger_table_name"], Item=item
        )
