"""docs/disaster.md on the running stack: its key is pending deletion, its dead letters pile up."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deployment.product import product
from deployment.target import local_target
from deployment.variables import process_environment
from documented_steps import REPOSITORY, steps
from job_contract import new_job_id
from stack_processes import wait_until

PAGE = "disaster.md"
FIRST = "First, always"
KEY = "The key is pending deletion or disabled"
LETTERS = "Dead letters pile up"
ONE_LETTER = "One letter alone"
PREFIX = f"{product().project_name}-dev"
STEP_SECONDS = 240

pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(900),
    pytest.mark.aws_cli,
]


@pytest.fixture
def follow(stack: Any, tmp_path: Path) -> Callable[..., str]:
    """Runs the commands of sections in one shell, word for word but for what it is told to replace."""
    (tmp_path / "infra").symlink_to(REPOSITORY / "infra")

    def run(*headings: str, replace: tuple[str, str] = ("", ""), **variables: str) -> str:
        script = "\n".join(block for heading in headings for block in steps(PAGE, heading))
        done = subprocess.run(
            ["bash", "-c", f'set -euo pipefail\nsource "{stack.env_file}"\n{script.replace(*replace)}'],
            cwd=tmp_path,
            env=process_environment(os.environ, None) | variables,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def call(stack: Any) -> Callable[[str], Any]:
    """A client of the stack's AWS that does not try again."""
    return local_target(stack.endpoint).client


@pytest.fixture
def no_letters(stack: Any, call: Callable[[str], Any]) -> Iterator[None]:
    """The jobs' dead-letter queue is empty before and after; purging is allowed once a minute only."""
    _delete_all(call("sqs"), stack.outputs["sqs_background_jobs_dlq_url"])
    yield
    _delete_all(call("sqs"), stack.outputs["sqs_background_jobs_dlq_url"])


def test_a_key_pending_deletion_stops_everything_and_loses_nothing(
    stack: Any, follow: Callable[..., str], call: Callable[[str], Any]
) -> None:
    sqs, kms = call("sqs"), call("kms")
    queue, key = stack.outputs["sqs_main_job_triggers_queue_url"], stack.outputs["kms_key_arn"]
    tasks = _tasks(call)
    # given: a trigger that SQS has accepted, and that nobody can receive before the key is lost
    accepted = _send(sqs, queue, delay_seconds=3)
    try:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
        with pytest.raises(sqs.exceptions.KmsInvalidState):
            _send(sqs, queue)
    finally:
        printed = follow(FIRST, KEY)

    assert "PendingDeletion" in printed
    assert printed.splitlines()[-1] == "Enabled"
    later = _send(sqs, queue)
    jobs = (accepted, later)
    wait_until(
        lambda: {_record(call, job).get("state") for job in jobs} == {"succeeded"}, "both succeed", 240
    )
    assert _tasks(call) == tasks, "nothing was restarted"


def test_a_key_that_is_merely_disabled_is_enabled_by_the_same_steps(
    stack: Any, follow: Callable[..., str], call: Callable[[str], Any]
) -> None:
    try:
        call("kms").disable_key(KeyId=stack.outputs["kms_key_arn"])
    finally:
        printed = follow(FIRST, KEY)

    assert "Disabled" in printed
    assert printed.splitlines()[-1] == "Enabled"


@pytest.mark.usefixtures("no_letters")
def test_dead_letters_are_sent_back_one_alone_and_then_all(
    stack: Any, follow: Callable[..., str], call: Callable[[str], Any]
) -> None:
    sqs = call("sqs")
    jobs = [_send(sqs, stack.outputs["sqs_main_job_triggers_queue_url"], rejectRate=1) for _ in range(3)]
    _wait_for_letters(stack, call, jobs, generation=1)
    # when: one letter goes back, which the handler rejects again
    _wait_until_all_are_visible(stack, call, 3)
    name = {"QUEUE_URL": stack.outputs["sqs_background_jobs_queue_url"]}
    name |= {"DLQ_URL": stack.outputs["sqs_background_jobs_dlq_url"], "JOB_ID": jobs[0]}
    follow(ONE_LETTER, replace=("--visibility-timeout 60", "--visibility-timeout 1"), **name)
    # then: it was reopened, with all its attempts, and the others stayed what they were
    _wait_for_letters(stack, call, jobs[:1], generation=2)
    assert {_record(call, job)["generation"] for job in jobs[1:]} == {1}

    # when: all go back
    _wait_until_all_are_visible(stack, call, 3)
    printed = follow(FIRST, LETTERS, replace=("60", "1"))

    assert all(job in printed for job in jobs)
    _wait_for_letters(stack, call, jobs[:1], generation=3)
    _wait_for_letters(stack, call, jobs[1:], generation=2)


@pytest.mark.usefixtures("no_letters")
def test_a_copy_of_the_body_alone_reopens_nothing(stack: Any, call: Callable[[str], Any]) -> None:
    """Why the page says never to copy bodies by hand."""
    sqs, queue = call("sqs"), stack.outputs["sqs_background_jobs_queue_url"]
    job = _send(sqs, stack.outputs["sqs_main_job_triggers_queue_url"], rejectRate=1)
    [letter] = _wait_for_letters(stack, call, [job], generation=1)

    sqs.send_message(QueueUrl=queue, MessageBody=letter["Body"])

    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def is_empty() -> bool:
        answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
        return not any(int(answer[name]) for name in counts)

    wait_until(is_empty, "the copy is worked on")
    assert (_record(call, job)["state"], _record(call, job)["generation"]) == ("dead", 1)


def _delete_all(sqs: Any, queue: str) -> None:
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def nothing_left() -> bool:
        for letter in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter["ReceiptHandle"])
        answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
        return not any(int(answer[name]) for name in counts)

    wait_until(nothing_left, "the letters are deleted")


def _send(sqs: Any, queue: str, delay_seconds: int = 0, **data: Any) -> str:
    job = new_job_id()
    trigger = {"trigger": "disaster", "jobId": job, "jobType": "simulate-work", "data": data}
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(trigger), DelaySeconds=delay_seconds)
    return job


def _record(call: Callable[[str], Any], job: str) -> dict[str, Any]:
    item = call("dynamodb").get_item(TableName=f"{PREFIX}-ledger", Key={"jobId": {"S": job}}).get("Item", {})
    return {name: int(value["N"]) if "N" in value else value.get("S") for name, value in item.items()}


def _wait_for_letters(
    stack: Any, call: Callable[[str], Any], jobs: list[str], *, generation: int
) -> list[dict[str, Any]]:
    """The letters of the jobs, once each of them has died that often."""
    wait_until(
        lambda: all(_record(call, job).get("generation") == generation for job in jobs), "the jobs die", 240
    )
    found: dict[str, dict[str, Any]] = {}

    def all_are_there() -> bool:
        answer = call("sqs").receive_message(
            QueueUrl=stack.outputs["sqs_background_jobs_dlq_url"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=1,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        for letter in answer.get("Messages", []):
            said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
            if said["deadLetterGeneration"] == str(generation):
                found[said["jobId"]] = letter
        return set(jobs) <= set(found)

    wait_until(all_are_there, "their letters arrive", 240)
    return [found[job] for job in jobs]


def _wait_until_all_are_visible(stack: Any, call: Callable[[str], Any], number: int) -> None:
    """Letters that somebody has read are hidden for a while."""
    name = "ApproximateNumberOfMessages"
    url = stack.outputs["sqs_background_jobs_dlq_url"]

    def visible() -> int:
        answer = call("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    wait_until(lambda: visible() == number, f"{number} letters are visible", 240)


def _tasks(call: Callable[[str], Any]) -> set[str]:
    return set(call("ecs").list_tasks(cluster=f"{PREFIX}-cluster")["taskArns"])
