"""What surrounds background_job in its tests: messages, a ledger, a bucket, log groups, and a way to look."""

import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
from background_job.assembly import assemble
from background_job.handlers import Handler, JobType
from background_job.job_log import JobLog
from background_job.log_writer import LogWriter
from background_job.persistence import Persistence
from background_job.processor import JobProcessor
from background_job.settings import JobSettings
from embedded_aws.fault_proxy import FaultProxy
from job_contract import Job, JobData, LedgerRecord, new_job_id, record_from_item
from queue_worker import WorkerSettings

# Every job that dies in these tests has had so many attempts.
MAX_ATTEMPTS = 3


@dataclass(eq=False)
class FakeMessage:
    """A message as the runtime would hand it over; it remembers what the processor asked of it."""

    body: str
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attributes: dict[str, str] = field(default_factory=dict)
    sent_at_ms: int = 1_780_000_000_000
    hidden_for_ms: int = 30_000
    draining: bool = False
    renewals: list[Callable[[int], None]] = field(default_factory=list)
    releases: list[Callable[[], None]] = field(default_factory=list)
    duration_limits: list[float] = field(default_factory=list)

    @property
    def visible_until_ms(self) -> int:
        return now_ms() + self.hidden_for_ms

    def keep_alive(self, renew: Callable[[int], None]) -> None:
        self.renewals.append(renew)

    def limit_duration(self, seconds: float) -> None:
        self.duration_limits.append(seconds)

    def on_hand_back(self, release: Callable[[], None]) -> None:
        self.releases.append(release)

    def again(self, **changes: Any) -> "FakeMessage":
        """The same message, received once more."""
        return replace(self, renewals=[], releases=[], duration_limits=[], **changes)


class Counts:
    """Stands in for queue_worker.Metrics."""

    def __init__(self) -> None:
        self.values: Counter[str] = Counter()

    def count(self, name: str, value: int = 1) -> None:
        self.values[name] += value


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def wait_until(condition: Callable[[], Any], timeout_seconds: float = 240) -> None:
    """Waits for a condition; fails the test when it does not come true."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def a_job(data: Any = None, *, job_type: str = "simulate-work", **trigger: Any) -> Job:
    """A job as main_job would send it."""
    return Job(
        job_id=new_job_id(),
        job_type=job_type,
        timestamp="2026-11-02T09:30:00.000Z",
        correlation_id="order-17",
        data=JobData(original_trigger={"trigger": "api_call", "data": data or {}, **trigger}),
    )


def message_for(job: Job, *, generation: int | None = None) -> FakeMessage:
    """A message with that job; with a generation, a dead letter that somebody sent back."""
    attributes = job.attributes()
    if generation is not None:
        attributes["deadLetterGeneration"] = str(generation)
    return FakeMessage(job.encode(), attributes=attributes)


def bring_type(processor: JobProcessor, name: str, handle: Handler) -> None:
    """Gives one process a job type of the test's own."""
    processor.job_types[name] = JobType(handle=handle, max_duration_seconds=900)


class RecordedLog(JobLog):
    """A job log that keeps its lines: (level, message, fields)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.lines.append((level, message, fields))


class JobWorld:
    """Table, bucket and log groups of one test; `proxy` stands between them and the service."""

    _numbers = itertools.count()

    def __init__(self, proxy: FaultProxy, endpoint: str, session: boto3.Session) -> None:
        self.proxy = proxy
        self.session = session
        self.counts = Counts()
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self.logs = session.client("logs", endpoint_url=endpoint)
        self.s3 = session.client("s3", endpoint_url=endpoint)
        name = f"{next(self._numbers)}-{uuid.uuid4().hex[:8]}"
        self.settings = JobSettings(
            region="us-east-1",
            ledger_table=f"ledger-{name}",
            results_bucket=f"results-{name}",
            job_log_group=f"/jobs/{name}",
            custom_log_group=f"/custom/{name}",
            fault_injection=True,
            log_flush_seconds=0.2,
        )
        self.make_table()
        self.s3.create_bucket(Bucket=self.settings.results_bucket)
        for group in (self.settings.job_log_group, self.settings.custom_log_group):
            self.logs.create_log_group(logGroupName=group)
        self.writers: list[LogWriter] = []

    def make_table(self) -> None:
        """The ledger as Terraform makes it."""
        self.dynamodb.create_table(
            TableName=self.settings.ledger_table,
            KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def processor(self, *, log_away_seconds: float = 0.5, **settings: Any) -> JobProcessor:
        """The service as `__main__` puts it together, with short pauses; once per simulated process."""
        worker = WorkerSettings(
            queue_url="http://unused", dead_letter_queue_url="http://unused", max_attempts=MAX_ATTEMPTS
        )
        processor, writer = assemble(
            replace(self.settings, **settings),
            worker,
            session=self.session,
            metrics=self.counts,
            log_away_seconds=log_away_seconds,
            persistence=Persistence(
                first_pause_seconds=0.02, longest_pause_seconds=0.05, after_drain_seconds=0.3
            ),
        )
        writer.start()
        self.writers.append(writer)
        return processor

    def outcome(self, message: FakeMessage, processor: JobProcessor | None = None) -> Exception | None:
        """What the runtime would get: None for success, or what the processor raised."""
        try:
            (processor or self.processor())(message)
        except Exception as error:
            return error
        return None

    def record(self, job: Job) -> LedgerRecord:
        """What the ledger says about a job that it knows."""
        item = self.item(job)
        assert item is not None, "the ledger does not know the job"
        return record_from_item(item)

    def item(self, job: Job) -> dict[str, Any] | None:
        """The ledger's item, None for an unknown job."""
        answer = self.dynamodb.get_item(
            TableName=self.settings.ledger_table, Key={"jobId": {"S": job.job_id}}, ConsistentRead=True
        )
        return answer.get("Item")

    def change_record(self, job: Job, **fields: str | int) -> None:
        """Changes the ledger behind the service's back: time has passed, another worker was there."""
        self.dynamodb.update_item(
            TableName=self.settings.ledger_table,
            Key={"jobId": {"S": job.job_id}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={
                f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
                for name, value in fields.items()
            },
        )

    def streams(self, group: str) -> list[str]:
        """The names of a group's streams."""
        answer = self.logs.describe_log_streams(logGroupName=group)
        return sorted(stream["logStreamName"] for stream in answer["logStreams"])

    def lines(self, stream: str, group: str | None = None) -> list[dict[str, Any]]:
        """The lines of a stream, in the job group where no other is named."""
        events = self.logs.get_log_events(
            logGroupName=group or self.settings.job_log_group, logStreamName=stream, startFromHead=True
        )
        return [json.loads(event["message"]) for event in events["events"]]

    def results(self) -> dict[str, Any]:
        """Every result object by its key."""
        bucket = self.settings.results_bucket
        keys = [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: json.load(self.s3.get_object(Bucket=bucket, Key=key)["Body"]) for key in keys}

    def close(self) -> None:
        """Ends the flushers."""
        for writer in self.writers:
            writer.close(2)
