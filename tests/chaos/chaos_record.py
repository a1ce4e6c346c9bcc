"""What crossed the wire between the workers and AWS, written down by the proxy: nobody can forget it.

The ledger's writes are the effects of this system, so the record tells of each that the server has made,
whether or not the worker heard of it.
"""

import json
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from embedded_aws.fault_proxy import Request, Response
from job_contract import parse_job


@dataclass(frozen=True)
class Write:
    """A conditional write to a job's record that the server has made. `claim`: it began an attempt."""

    at_seconds: float
    state: str
    token: str
    attempts: int
    generation: int
    is_claim: bool


class WireRecord:
    """Hears of every call from the proxy; safe among its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self.writes: dict[str, list[Write]] = defaultdict(list)
        self.jobs_by_mark: dict[str, set[str]] = defaultdict(set)
        self.messages_by_job: dict[str, list[str]] = defaultdict(list)
        self.receives: Counter[str] = Counter()
        self._ended: set[str] = set()
        self.calls = 0

    def __call__(self, request: Request, response: Response) -> None:
        """As FaultProxy calls it."""
        hear = {
            "UpdateItem": self._update,
            "ReceiveMessage": self._receive,
            "SendMessageBatch": self._send,
        }.get(request.action)
        with self._lock:
            self.calls += 1
            if hear is not None and response.status == 200:
                hear(json.loads(request.body), json.loads(response.body))

    @property
    def now_seconds(self) -> float:
        """Since the run began."""
        return round(time.monotonic() - self._began, 2)

    def outcomes(self) -> int:
        """How many jobs have ended so far."""
        with self._lock:
            return len(self._ended)

    def story(self, job_id: str) -> list[str]:
        """What happened to a job, for a reader."""
        return [*self.messages_by_job[job_id], *map(str, self.writes[job_id])]

    def _update(self, call: Any, answer: Any) -> None:
        item = {name: value.get("S", value.get("N")) for name, value in answer["Attributes"].items()}
        self.writes[item["jobId"]].append(
            Write(
                self.now_seconds,
                item["state"],
                item["attemptToken"],
                int(item["attempts"]),
                int(item["generation"]),
                is_claim="#startedAtMs" in call["UpdateExpression"],
            )
        )
        if item["state"] in {"succeeded", "dead"}:
            self._ended.add(item["jobId"])

    def _receive(self, _: Any, answer: Any) -> None:
        for message in answer.get("Messages", []):
            self.receives[message["MessageId"]] += 1
            self._note(message["Body"], f"{self.now_seconds}: received as {message['MessageId']}")

    def _send(self, call: Any, answer: Any) -> None:
        sent = {entry["Id"]: entry["MessageId"] for entry in answer.get("Successful", [])}
        place = call["QueueUrl"].rpartition("/")[2]
        for entry in call["Entries"]:
            if entry["Id"] in sent:
                self._note(
                    entry["MessageBody"], f"{self.now_seconds}: sent to {place} as {sent[entry['Id']]}"
                )

    def _note(self, body: str, line: str) -> None:
        if '"originalTrigger"' in body:
            job = parse_job(body)
            self.jobs_by_mark[str(job.data.original_trigger.get("mark"))].add(job.job_id)
            self.messages_by_job[job.job_id].append(line)
