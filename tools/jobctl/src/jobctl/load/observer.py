"""Looks on, and changes nothing: the ledger by known job ids, counts of queues and tasks.

No message is received.
"""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from deployment.aws_errors import error_code
from deployment.target import Target

from jobctl.queues import QUEUES, counts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB's limit for BatchGetItem.
_KEYS_PER_CALL = 100
# So many calls a second at most: 500 jobs, an item of less than 4 KB each, half a read unit each.
_CALLS_PER_LOOK = 5
ENDED = {"succeeded", "dead"}
_SERVICES = {"main_job": "ecs_main_job_service_name", "background_job": "ecs_background_job_service_name"}


class JobRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is read of a job's record, and all that a load test's role may read of it."""

    job_id: str
    state: str
    attempts: int = 0
    lost_attempts: int = 0
    queued_at_ms: int = 0
    first_started_at_ms: int = 0
    finished_at_ms: int = 0
    duration_ms: int = 0
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether its outcome is decided."""
        return self.state in ENDED


_ATTRIBUTES = {f"#a{number}": name for number, name in enumerate(JobRecord.__struct_encode_fields__)}


class Sample(msgspec.Struct, kw_only=True, rename="camel"):
    """Counts at a moment, `at_seconds` after the start; -1 stands for a count that could not be read."""

    at_seconds: float
    trigger_queue: int
    background_queue: int
    trigger_dead_letters: int
    background_dead_letters: int
    main_job_tasks: int
    background_job_tasks: int
    sent: int = 0
    ended: int = 0


@dataclass
class Observer:
    """Call `watch` with new job ids and `look` now and then; `records` has what is known of each."""

    target: Target
    records: dict[str, JobRecord] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    _waiting: deque[str] = field(default_factory=deque)

    def watch(self, job_ids: Iterable[str]) -> None:
        """Looks for these from now on, until each has ended."""
        self._waiting.extend(job_ids)

    @property
    def outstanding(self) -> int:
        """How many are not known to have ended."""
        return len(self._waiting)

    @property
    def ended(self) -> int:
        """How many have ended."""
        return sum(1 for record in self.records.values() if record.has_ended)

    def look(self, calls: int = _CALLS_PER_LOOK) -> None:
        """Asks for those that were not asked for longest; an error is noted, and they are asked for again."""
        for _ in range(min(calls, -(-len(self._waiting) // _KEYS_PER_CALL))):
            asked = [self._waiting.popleft() for _ in range(min(_KEYS_PER_CALL, len(self._waiting)))]
            for record in self.read(asked):
                self.records[record.job_id] = record
            self._waiting.extend(
                job_id for job_id in asked if job_id not in self.records or not self.records[job_id].has_ended
            )

    def look_at_all(self, deadline: float) -> None:
        """Asks once for each that has not ended, until `time.monotonic()` is at the deadline."""
        for _ in range(-(-len(self._waiting) // _KEYS_PER_CALL)):
            if time.monotonic() >= deadline:
                return
            self.look(calls=1)

    def read(self, job_ids: list[str], *, consistent: bool = False) -> list[JobRecord]:
        """The records that up to 100 jobs have; none when the call failed, which is noted."""
        dynamodb: DynamoDBClient = self.target.client("dynamodb")
        table = self.target.outputs["ledger_table_name"]
        wanted: Any = {
            "Keys": [{"jobId": {"S": job_id}} for job_id in job_ids],
            "ProjectionExpression": ", ".join(_ATTRIBUTES),
            "ExpressionAttributeNames": _ATTRIBUTES,
            "ConsistentRead": consistent,
        }
        # What DynamoDB leaves unprocessed is asked for again by the next look.
        answer = self._ask("BatchGetItem", lambda: dynamodb.batch_get_item(RequestItems={table: wanted}))
        return [_record(item) for item in answer["Responses"].get(table, [])] if answer else []

    def changed_since(self, deadline: float) -> list[str]:
        """Ended jobs whose record now says something else: an outcome that was decided twice."""
        ended = [job_id for job_id, record in self.records.items() if record.has_ended]
        changed = []
        for start in range(0, len(ended), _KEYS_PER_CALL):
            if time.monotonic() >= deadline:
                break
            for record in self.read(ended[start : start + _KEYS_PER_CALL], consistent=True):
                if record != self.records[record.job_id]:
                    changed.append(record.job_id)
        return changed

    def sample(self, at_seconds: float) -> Sample:
        """Counts of this moment; lets nothing through."""
        depths = {}
        for queue, dead in QUEUES.items():
            depths[queue], depths[dead] = self._depth(queue), self._depth(dead)
        triggers, background = QUEUES
        tasks = self._tasks()
        return Sample(
            at_seconds=round(at_seconds, 2),
            trigger_queue=depths[triggers],
            background_queue=depths[background],
            trigger_dead_letters=depths[QUEUES[triggers]],
            background_dead_letters=depths[QUEUES[background]],
            main_job_tasks=tasks["main_job"],
            background_job_tasks=tasks["background_job"],
        )

    def _depth(self, output: str) -> int:
        sqs = self.target.client("sqs")
        found = self._ask("GetQueueAttributes", lambda: counts(sqs, self.target.outputs[output]))
        return -1 if found is None else sum(found)

    def _tasks(self) -> dict[str, int]:
        names = {role: self.target.outputs[output] for role, output in _SERVICES.items()}
        cluster, ecs = self.target.outputs["ecs_cluster_name"], self.target.client("ecs")
        answer = self._ask(
            "DescribeServices", lambda: ecs.describe_services(cluster=cluster, services=list(names.values()))
        )
        running = {each["serviceName"]: each["runningCount"] for each in (answer or {}).get("services", [])}
        return {role: running.get(name, -1) for role, name in names.items()}

    def _ask(self, call: str, ask: Any) -> Any:
        """The answer, or None: a load goes on when AWS does not tell how it goes."""
        self.calls[call] = self.calls.get(call, 0) + 1
        try:
            return ask()
        except (ClientError, BotoCoreError) as error:
            code = error_code(error) if isinstance(error, ClientError) else type(error).__name__
            self.problems.append(f"{call}: {code}")
            return None


def _record(item: dict[str, Any]) -> JobRecord:
    plain = {key: int(value["N"]) if "N" in value else value.get("S", "") for key, value in item.items()}
    return msgspec.convert(plain, JobRecord)
