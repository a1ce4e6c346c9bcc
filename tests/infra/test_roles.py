"""The task roles as planned, put to work where IAM is enforced: what each may do, and no more."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from deployment.product import product

# Gives a client by the service's name.
Clients = Callable[[str], Any]

PREFIX = f"{product().project_name}-dev"
LEDGER = f"{PREFIX}-ledger"
CLUSTER = f"{PREFIX}-cluster"
LOG_GROUPS = {
    "events": f"/ecs/{PREFIX}",
    "main-job": f"/ecs/{PREFIX}/main-job",
    "background-job": f"/ecs/{PREFIX}/background-job",
    "custom-processing": f"/ecs/{PREFIX}/custom-processing",
}
QUEUES = {
    "triggers": f"{PREFIX}-main-job-triggers",
    "triggers-dlq": f"{PREFIX}-main-job-triggers-dlq",
    "jobs": f"{PREFIX}-background-jobs",
    "jobs-dlq": f"{PREFIX}-background-jobs-dlq",
}
MAY = {
    "main-job": {
        "receive from triggers",
        "delete from triggers",
        "delay in triggers",
        "send to jobs",
        "send to triggers-dlq",
    },
    "background-job": {
        "receive from jobs",
        "delete from jobs",
        "delay in jobs",
        "send to jobs-dlq",
        "write the ledger",
        "store a result",
        "log to background-job",
        "log to custom-processing",
        "protect a task",
    },
}


@pytest.fixture(scope="module")
def roles(first_plan: dict[str, Any], empty_account: dict[str, str]) -> Callable[[str], Clients]:
    """Makes what the roles may reach, without keys, and the roles with their planned policies."""
    account = _clients(empty_account, "test", "test", None)
    for name in QUEUES.values():
        account("sqs").create_queue(QueueName=name)
    account("dynamodb").create_table(
        TableName=LEDGER,
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account("s3").create_bucket(Bucket=_results_bucket(account))
    for name in LOG_GROUPS.values():
        account("logs").create_log_group(logGroupName=name)
    planned = {change["address"]: change["change"]["after"] for change in first_plan["resource_changes"]}
    for service in MAY:
        module = f"module.stack.module.{service.replace('-', '_')}.module.service"
        role = planned[f"{module}.aws_iam_role.task"]
        account("iam").create_role(RoleName=role["name"], AssumeRolePolicyDocument=role["assume_role_policy"])
        account("iam").put_role_policy(
            RoleName=role["name"],
            PolicyName="work",
            PolicyDocument=planned[f'{module}.aws_iam_role_policy.task["on"]']["policy"],
        )

    def assume(service: str) -> Clients:
        taken = account("sts").assume_role(
            RoleArn=f"arn:aws:iam::{_account_id(account)}:role/{PREFIX}-{service}-task",
            RoleSessionName="test",
        )["Credentials"]
        return _clients(empty_account, taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])

    return assume


@pytest.mark.parametrize("service", sorted(MAY))
def test_a_task_role_may_do_its_work_and_nothing_else(service: str, roles: Callable[[str], Clients]) -> None:
    clients = roles(service)

    allowed = {deed for deed, attempt in _deeds(clients).items() if _is_allowed(attempt)}

    assert allowed == MAY[service]


def test_the_policies_name_no_wildcard(first_plan: dict[str, Any]) -> None:
    policies = [
        json.loads(change["change"]["after"]["policy"])
        for change in first_plan["resource_changes"]
        if change["address"].endswith('aws_iam_role_policy.task["on"]')
    ]
    assert len(policies) == len(MAY)
    for statement in (statement for policy in policies for statement in policy["Statement"]):
        assert "*" not in json.dumps(statement["Action"])
        assert statement["Resource"] != "*"
        assert statement["Sid"]


def _deeds(clients: Clients) -> dict[str, Callable[[], Any]]:
    """What anybody might try, by name."""
    account_id = _account_id(clients)
    sqs, dynamodb, s3, logs, ecs = (clients(name) for name in ("sqs", "dynamodb", "s3", "logs", "ecs"))
    deeds: dict[str, Callable[[], Any]] = {}
    for short, name in QUEUES.items():
        url = f"https://sqs.{product().aws_region}.amazonaws.com/{account_id}/{name}"
        message = {"Id": "1", "ReceiptHandle": "none"}
        deeds |= {
            f"send to {short}": partial(
                sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "{}"}]
            ),
            f"receive from {short}": partial(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=0),
            f"delete from {short}": partial(sqs.delete_message_batch, QueueUrl=url, Entries=[message]),
            f"delay in {short}": partial(
                sqs.change_message_visibility_batch,
                QueueUrl=url,
                Entries=[{**message, "VisibilityTimeout": 1}],
            ),
            f"purge {short}": partial(sqs.purge_queue, QueueUrl=url),
        }
    for short, name in LOG_GROUPS.items():
        deeds[f"log to {short}"] = partial(logs.create_log_stream, logGroupName=name, logStreamName="stream")
        deeds[f"read logs of {short}"] = partial(logs.filter_log_events, logGroupName=name)
    of_job = {"TableName": LEDGER, "Key": {"jobId": {"S": "01J00000000000000000000000"}}}
    result = {"Bucket": _results_bucket(clients), "Key": "job/1"}
    task_arn = f"arn:aws:ecs:{product().aws_region}:{account_id}:task/{CLUSTER}/0123"
    return deeds | {
        "read the ledger": partial(dynamodb.get_item, **of_job),
        "write the ledger": partial(
            dynamodb.update_item,
            **of_job,
            UpdateExpression="SET attempt = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        ),
        "forget a job": partial(dynamodb.delete_item, **of_job),
        "read the whole ledger": partial(dynamodb.scan, TableName=LEDGER),
        "store a result": partial(s3.put_object, **result, Body=b"{}"),
        "read a result": partial(s3.get_object, **result),
        "protect a task": partial(
            ecs.update_task_protection, cluster=CLUSTER, tasks=[task_arn], protectionEnabled=True
        ),
        "stop a service": partial(
            ecs.update_service, cluster=CLUSTER, service=f"{PREFIX}-main-job-service", desiredCount=0
        ),
    }


def _is_allowed(attempt: Callable[[], Any]) -> bool:
    """Other errors, such as a receipt handle that is none, come after the permission."""
    try:
        attempt()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] != 403 and "Denied" not in str(error)
    return True


def _clients(env: dict[str, str], key: str, secret: str, token: str | None) -> Clients:
    session = boto3.Session(key, secret, token, env["AWS_REGION"])
    make: Any = session.client
    return partial(make, endpoint_url=env["AWS_ENDPOINT_URL"])


def _account_id(clients: Clients) -> str:
    return str(clients("sts").get_caller_identity()["Account"])


def _results_bucket(clients: Clients) -> str:
    return f"{PREFIX}-results-{_account_id(clients)}"
