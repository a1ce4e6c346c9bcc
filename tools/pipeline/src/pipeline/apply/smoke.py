"""Tries an environment out: a synthetic trigger goes in, and its job must succeed in time.

It goes the whole way of a message, through both queues, both services, the ledger and the results. The job
has an id of its own, so a repetition of the send is the same job. It leaves what every job leaves: a record
in the ledger, a result and log lines, all of which expire.
"""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deployment.errors import ToolError
from deployment.outputs import Outputs
from job_contract import DEFAULT_JOB_TYPE, JobState, new_job_id, utc_timestamp

from pipeline.apply.patience import Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TRIGGER = "synthetic"
# As infra/modules/github_access/apply_smoke.tf allows: these and no others.
ATTRIBUTES = ("jobId", "state", "attempts", "reason", "finishedAtMs")
_NAMES = {f"#{name}": name for name in ATTRIBUTES}


@dataclass(frozen=True)
class Smoke:
    """One synthetic trigger; `look` is the command with which a person looks at its job."""

    job_id: str
    correlation_id: str
    job_type: str
    look: str

    @property
    def body(self) -> str:
        """The message."""
        return json.dumps(
            {
                "trigger": TRIGGER,
                "timestamp": utc_timestamp(time.time_ns() // 1_000_000),
                "jobId": self.job_id,
                "jobType": self.job_type,
                "correlationId": self.correlation_id,
            }
        )


def synthetic(commit: str, look: str, job_type: str = DEFAULT_JOB_TYPE) -> Smoke:
    """A fresh one; its correlation id names the commit. `look` gets the job id for `{}`."""
    job_id = new_job_id()
    return Smoke(job_id, f"{TRIGGER}-{commit}-{job_id}", job_type, look.format(job_id))


def try_out(
    sqs: "SQSClient", dynamodb: "DynamoDBClient", outputs: Outputs, smoke: Smoke, patience: Patience
) -> float:
    """Sends the trigger and waits; the seconds until the job had succeeded. Raises ToolError."""
    queue_url, table = outputs["sqs_main_job_triggers_queue_url"], outputs["ledger_table_name"]
    item: dict[str, Any] = {}
    sent = False

    def has_ended() -> bool:
        nonlocal sent, item
        if not sent:
            sqs.send_message(QueueUrl=queue_url, MessageBody=smoke.body)
            sent = True
            patience.say(f"Sent a synthetic trigger: job {smoke.job_id}")
        item = _item(dynamodb, table, smoke.job_id) or item
        return _text(item, "state") in {JobState.SUCCEEDED, JobState.DEAD}

    if patience.until(has_ended) and _text(item, "state") == JobState.SUCCEEDED:
        patience.say(f"Job {smoke.job_id} succeeded after {patience.seconds:.1f} s")
        return patience.seconds
    raise ToolError(_failure(smoke, item, sent, patience))


def _item(dynamodb: "DynamoDBClient", table: str, job_id: str) -> dict[str, Any]:
    answer = dynamodb.get_item(
        TableName=table,
        Key={"jobId": {"S": job_id}},
        ConsistentRead=True,
        ProjectionExpression=", ".join(_NAMES),
        ExpressionAttributeNames=_NAMES,
    )
    return dict(answer.get("Item", {}))


def _failure(smoke: Smoke, item: dict[str, Any], sent: bool, patience: Patience) -> str:
    state, reason = _text(item, "state"), _text(item, "reason")
    attempts = item.get("attempts", {}).get("N", "0")
    because = f": {reason}" if reason else ""
    if not sent:
        seen = f"its trigger could not be sent within {patience.within_seconds:.0f} s"
    elif state == JobState.DEAD:
        seen = f"it was dead-lettered after {attempts} attempt(s){because}"
    elif not state:
        seen = f"no worker has claimed it within {patience.within_seconds:.0f} s of its trigger"
    else:
        seen = f"it is {state} after {patience.within_seconds:.0f} s, attempt {attempts}{because}"
    return (
        f"The synthetic job {smoke.job_id} did not succeed: {seen}. "
        f"Look: `{smoke.look}`; what to do: docs/runbooks.md#a-smoke-test-failed"
    )


def _text(item: dict[str, Any], name: str) -> str:
    return str(item.get(name, {}).get("S", ""))
