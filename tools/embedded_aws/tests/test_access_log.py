"""What the access log knows of a request: operation, resources, and the role behind its key."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ARN = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
EVENT = {"timestamp": 1, "message": "a"}


def attempt(call: Callable[[Any], Any], aws: Any) -> None:
    """Most of what is called here does not exist: the log has it all the same."""
    try:
        call(aws.client)
    except ClientError:
        return


def last_line(aws: Any) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(aws.log.read_text().splitlines()[-1])
    return line


@pytest.mark.parametrize(
    ("call", "operation", "resources"),
    [
        (
            lambda client: client("sqs").send_message_batch(
                QueueUrl=f"http://x/{ACCOUNT}/q", Entries=[{"Id": "a", "MessageBody": "b"}]
            ),
            "sqs:SendMessageBatch",
            [ARN.format("sqs", "q")],
        ),
        (
            lambda client: client("dynamodb").get_item(TableName="t", Key={"id": {"S": "a"}}),
            "dynamodb:GetItem",
            [ARN.format("dynamodb", "table/t")],
        ),
        (
            lambda client: client("dynamodb").transact_write_items(
                TransactItems=[
                    {"Delete": {"TableName": name, "Key": {"id": {"S": "a"}}}} for name in ("u", "t")
                ]
            ),
            "dynamodb:TransactWriteItems",
            [ARN.format("dynamodb", "table/t"), ARN.format("dynamodb", "table/u")],
        ),
        (
            lambda client: client("logs").put_log_events(
                logGroupName="/g", logStreamName="s/1", logEvents=[EVENT]
            ),
            "logs:PutLogEvents",
            [ARN.format("logs", "log-group:/g:log-stream:s/1")],
        ),
        (
            lambda client: client("ecs").update_task_protection(
                cluster="c", tasks=["t"], protectionEnabled=True
            ),
            "ecs:UpdateTaskProtection",
            [ARN.format("ecs", "task/c/t")],
        ),
        (
            lambda client: client("s3").put_object(Bucket="b-1", Key="k/ä", Body=b""),
            "s3:PutObject",
            ["arn:aws:s3:::b-1/k/ä"],
        ),
        (
            lambda client: client("s3").copy_object(Bucket="b-1", Key="k", CopySource="b-1/j"),
            "s3:CopyObject",
            ["arn:aws:s3:::b-1/k"],
        ),
        (
            lambda client: client("s3").upload_part(
                Bucket="b-1", Key="k", UploadId="u", PartNumber=1, Body=b""
            ),
            "s3:UploadPart",
            ["arn:aws:s3:::b-1/k"],
        ),
        (
            lambda client: client("s3").head_object(Bucket="b-1", Key="k"),
            "s3:HeadObject",
            ["arn:aws:s3:::b-1/k"],
        ),
        (
            lambda client: client("s3").get_bucket_tagging(Bucket="b-1"),
            "s3:GetBucketTagging",
            ["arn:aws:s3:::b-1"],
        ),
        (
            lambda client: client("sns").publish(TopicArn=ARN.format("sns", "t"), Message="m"),
            "sns:Publish",
            [ARN.format("sns", "t")],
        ),
        (lambda client: client("sqs").list_queues(), "sqs:ListQueues", ["*"]),
    ],
)
def test_operation_and_resources_are_named_as_iam_names_them(
    embedded: Any, call: Callable[[Any], Any], operation: str, resources: list[str]
) -> None:
    attempt(call, embedded)
    line = last_line(embedded)
    assert (f"{line['service']}:{line['action']}", line["resources"]) == (operation, resources)


def test_the_session_behind_a_key_is_named(embedded: Any) -> None:
    name = f"role-{uuid.uuid4().hex}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    arn = embedded.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    keys = embedded.client("sts").assume_role(RoleArn=arn, RoleSessionName="task")["Credentials"]
    assert last_line(embedded)["principal"] == ""

    embedded.client(
        "sqs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).list_queues()
    assert last_line(embedded)["principal"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/task"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (
            lambda client: client("dynamodb").get_item(TableName="no-table", Key={"id": {"S": "a"}}),
            "ResourceNotFoundException",
        ),
        (lambda client: client("sqs").get_queue_url(QueueName="no-queue"), "QueueDoesNotExist"),
        (lambda client: client("s3").get_object(Bucket="no-bucket-here", Key="k"), "NoSuchBucket"),
        (lambda client: client("sts").get_caller_identity(), ""),
    ],
)
def test_an_error_is_named(embedded: Any, call: Callable[[Any], Any], code: str) -> None:
    attempt(call, embedded)
    assert last_line(embedded)["code"] == code


def test_a_request_of_the_wrong_shape_is_logged_and_answered(embedded: Any) -> None:
    wrong = {"TableName": 1, "Key": {}}
    # A session of its own: clients of one session share their handlers.
    session = boto3.Session("test", "test", region_name="us-east-1")
    client: Any = session.client("dynamodb", endpoint_url=embedded.endpoint)
    client.meta.events.register(
        "before-call.dynamodb.GetItem", lambda params, **_: params.update(body=json.dumps(wrong).encode())
    )
    with pytest.raises(ClientError):
        client.get_item(TableName="t", Key={"id": {"S": "a"}})
    assert last_line(embedded)["resources"] == ["*"]
