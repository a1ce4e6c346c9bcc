"""The synthetic trigger, on a queue and a ledger of the embedded AWS; the test is the worker."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from apply_fakes import Time, error
from deployment.errors import ToolError
from deployment.outputs import Outputs
from job_contract import LedgerRecord, normalize_job_id, parse_trigger
from pipeline.apply.smoke import ATTRIBUTES, Smoke, synthetic, try_out

COMMIT = "c" * 40
LOOK = ".venv/bin/jobctl show {} --env prod"


class Place:
    """A queue and a ledger."""

    def __init__(self, endpoint: str, session: boto3.Session) -> None:
        self.sqs = session.client("sqs", endpoint_url=endpoint)
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        name = f"smoke-{uuid.uuid4().hex}"
        self.table = name
        self.queue_url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.outputs = Outputs(
            "prod", {"sqs_main_job_triggers_queue_url": self.queue_url, "ledger_table_name": name}
        )

    def bodies(self) -> list[str]:
        messages = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        return [message["Body"] for message in messages.get("Messages", [])]

    def record(self, smoke: Smoke, **fields: str) -> None:
        item: Any = {"jobId": {"S": smoke.job_id}, "attempts": {"N": "2"}}
        self.dynamodb.put_item(
            TableName=self.table, Item=item | {name: {"S": value} for name, value in fields.items()}
        )


@pytest.fixture
def place(aws_endpoint: str, aws_session: boto3.Session) -> Place:
    return Place(aws_endpoint, aws_session)


def run(place: Place, smoke: Smoke, after: Callable[[], None], time: Time, **limits: float) -> float:
    """Tries out; `after` is what the worker does while somebody waits."""

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        after()

    patience = time.patience(within_seconds=60, every_seconds=1)
    patience.sleep = sleep
    return try_out(place.sqs, place.dynamodb, place.outputs, smoke, patience)


def test_the_trigger_names_the_commit_and_its_job_succeeds(place: Place) -> None:
    smoke, time = synthetic(COMMIT, LOOK), Time()

    seconds = run(place, smoke, lambda: place.record(smoke, state="succeeded"), time)

    [body] = place.bodies()
    trigger = parse_trigger(body)
    assert seconds == 1
    assert trigger.trigger == "synthetic"
    assert trigger.job_id == smoke.job_id == normalize_job_id(smoke.job_id)
    assert trigger.correlation_id == f"synthetic-{COMMIT}-{smoke.job_id}"
    assert trigger.job_type == "main-job-processing"
    assert trigger.timestamp_problem() is None
    assert json.loads(body)["jobId"] != json.loads(synthetic(COMMIT, LOOK).body)["jobId"]


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({}, "no worker has claimed it within 60 s of its trigger"),
        ({"state": "running"}, "it is running after 60 s, attempt 2"),
        ({"state": "retrying", "reason": "disk full"}, "it is retrying after 60 s, attempt 2: disk full"),
    ],
    ids=["nothing", "running", "retrying"],
)
def test_a_late_job_fails_with_what_was_seen(place: Place, fields: dict[str, str], seen: str) -> None:
    smoke, time = synthetic(COMMIT, LOOK), Time()

    with pytest.raises(ToolError) as failure:
        run(place, smoke, lambda: place.record(smoke, **fields) if fields else None, time)

    assert str(failure.value) == (
        f"The synthetic job {smoke.job_id} did not succeed: {seen}. "
        f"Look: `.venv/bin/jobctl show {smoke.job_id} --env prod`; "
        "what to do: docs/runbooks.md#a-smoke-test-failed"
    )
    assert time.now == 1060


def test_a_dead_letter_fails_at_once(place: Place) -> None:
    smoke, time = synthetic(COMMIT, LOOK), Time()

    with pytest.raises(ToolError, match=r"it was dead-lettered after 2 attempt\(s\): no such customer"):
        run(place, smoke, lambda: place.record(smoke, state="dead", reason="no such customer"), time)

    assert time.now == 1001


def test_a_send_that_is_refused_for_a_moment_is_repeated_with_the_same_job(place: Place) -> None:
    smoke, time, sqs = synthetic(COMMIT, LOOK), Time(), place.sqs
    refused: list[str] = []

    class Throttled:
        def send_message(self, **given: Any) -> None:
            if len(refused) < 2:
                refused.append(given["MessageBody"])
                raise error("RequestThrottled")
            sqs.send_message(**given)

    place.sqs = Throttled()  # type: ignore[assignment]
    run(place, smoke, lambda: place.record(smoke, state="succeeded") if len(refused) == 2 else None, time)

    place.sqs = sqs
    jobs = {json.loads(body)["jobId"] for body in [*refused, *place.bodies()]}
    assert jobs == {smoke.job_id}
    assert len(refused) == 2


def test_an_environment_without_the_outputs_is_said_to_lack_them(place: Place) -> None:
    place.outputs = Outputs("prod", {})
    with pytest.raises(ToolError, match="The state of prod has no output sqs_main_job_triggers_queue_url"):
        run(place, synthetic(COMMIT, LOOK), lambda: None, Time())


def test_the_attributes_asked_for_are_the_ledgers_and_those_that_the_role_may_read() -> None:
    module = Path(__file__).parents[3] / "infra/modules/github_access/apply_smoke.tf"
    [allowed] = [line for line in module.read_text().splitlines() if "job_state_attributes =" in line]
    assert json.loads(allowed.partition("=")[2]) == list(ATTRIBUTES)
    assert set(ATTRIBUTES) <= set(LedgerRecord.__struct_encode_fields__)
