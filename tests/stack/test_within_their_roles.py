"""The services of the stack keep within their roles: nothing is refused, until a permission is taken away.

Last of this folder by its name, so that the access log holds what all the other tests made the services do.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from deployment.target import local_target
from stack_processes import wait_until

pytestmark = pytest.mark.stack

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICES = ("main-job", "background-job")
# As tests call theirs, here and in tests/infra.
OWN_SESSION = "test"


def calls_of_tasks(stack: Any) -> list[dict[str, Any]]:
    """Requests that services made, or ECS with their execution roles; not those of tests."""
    lines = map(json.loads, stack.paths.log("embedded-aws-access").read_text().splitlines())
    role = f":assumed-role/{prefix(stack)}-"
    return [
        line
        for line in lines
        if role in (principal := line.get("principal", "")) and not principal.endswith(f"/{OWN_SESSION}")
    ]


def prefix(stack: Any) -> str:
    return str(stack.outputs["ecs_cluster_name"].removesuffix("-cluster"))


def succeed(stack: Any) -> str:
    """The id of a job that went through both services."""
    job_id = str(stack.jobctl("send").stdout.split()[2])
    done = stack.jobctl("show", job_id, "--wait", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    return job_id


def test_iam_is_enforced_on_what_tasks_are_given(stack: Any) -> None:
    target = local_target(stack.endpoint)
    account = target.client("sts").get_caller_identity()["Account"]
    role = f"arn:aws:iam::{account}:role/{prefix(stack)}-main-job-task"
    keys = target.client("sts").assume_role(RoleArn=role, RoleSessionName=OWN_SESSION)["Credentials"]
    make: Any = target.session.client
    sqs = make(
        "sqs",
        endpoint_url=stack.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    with pytest.raises(ClientError, match="sqs:PurgeQueue"):
        sqs.purge_queue(QueueUrl=stack.outputs["sqs_main_job_triggers_queue_url"])


def test_nothing_that_the_services_called_was_refused_or_unheard_of(stack: Any) -> None:
    succeed(stack)
    recorded = json.loads((REPOSITORY / "policies/authorization/service_calls.json").read_text())
    known = {call["operation"] for calls in recorded.values() for call in calls}

    calls = calls_of_tasks(stack)

    assert {line["principal"].split("/")[1] for line in calls} == {
        f"{prefix(stack)}-{service}-{kind}" for service in SERVICES for kind in ("task", "execution")
    }
    refused = {(line["principal"], line["action"]) for line in calls if "Denied" in line["code"]}
    assert refused == set()
    assert {f"{line['service']}:{line['action']}" for line in calls} <= known


def test_a_service_without_a_permission_says_so_and_loses_nothing(stack: Any) -> None:
    queue = {"QueueUrl": stack.outputs["sqs_main_job_triggers_queue_url"]}
    sqs = local_target(stack.endpoint).client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def waiting() -> int:
        attributes = sqs.get_queue_attributes(**queue, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in attributes.values())

    def refusals() -> set[tuple[str, str]]:
        calls = calls_of_tasks(stack)
        return {(line["service"], line["action"]) for line in calls if "Denied" in line["code"]}

    wait_until(lambda: waiting() == 0, "the trigger queue is empty")
    with without(stack, "main-job", "sqs:DeleteMessage"):
        job_id = succeed(stack)
        wait_until(lambda: ("sqs", "DeleteMessageBatch") in refusals(), "the refusal is in the access log")
        assert refusals() == {("sqs", "DeleteMessageBatch")}
        wait_until(lambda: said(stack, "AccessDenied"), "the service says so in its own log")
        assert waiting() == 1

    wait_until(lambda: waiting() == 0, "the trigger is gone")
    record = json.loads(stack.jobctl("show", job_id, "--json").stdout)
    assert (record["state"], record["attempts"]) == ("succeeded", 1)


@contextmanager
def without(stack: Any, service: str, action: str) -> Iterator[None]:
    """Takes an action out of a running service's role, and puts it back."""
    iam = local_target(stack.endpoint).client("iam")
    policy = {"RoleName": f"{prefix(stack)}-{service}-task", "PolicyName": "work"}
    whole = iam.get_role_policy(**policy)["PolicyDocument"]
    less = json.loads(json.dumps(whole))
    for statement in less["Statement"]:
        actions = statement["Action"]
        if isinstance(actions, list) and action in actions:
            actions.remove(action)
    assert less != whole
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(whole))


def said(stack: Any, text: str) -> bool:
    """Whether main_job has written a line that holds `text`, in the last minutes."""
    since = int((time.time() - 300) * 1000)
    group = stack.outputs["cloudwatch_log_group_main_job"]
    logs = local_target(stack.endpoint).client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    return any(text in event["message"] for page in pages for event in page["events"])
