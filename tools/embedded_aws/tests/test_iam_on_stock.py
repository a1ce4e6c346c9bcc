"""What stock moto makes of the same requests: the reasons for fixes/iam."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError


@contextmanager
def judged(aws: Any) -> Iterator[None]:
    """moto judges requests inside of this block."""
    for_all = [Request(f"{aws.endpoint}/moto-api/reset-auth", data=body) for body in (b"0", b"inf")]
    for request in for_all:
        request.add_header("Content-Type", "text/plain")
    urlopen(for_all[0], timeout=10).close()
    try:
        yield
    finally:
        urlopen(for_all[1], timeout=10).close()


def keys_allowed(aws: Any, action: str, resource: str) -> dict[str, str]:
    """Credentials of a new user that may do one thing."""
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def outcome(call: Any) -> str:
    """ "ok", or the error's code."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def send_batch(aws: Any) -> str:
    """A batch, by somebody who may send messages."""
    url = aws.queue()
    sqs = aws.client("sqs", **keys_allowed(aws, "sqs:SendMessage", "*"))
    entries = [{"Id": "a", "MessageBody": "a"}]
    with judged(aws):
        return outcome(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))


def test_stock_moto_judges_batches_by_their_api_name(stock: Any) -> None:
    assert send_batch(stock) == "403"  # and says so in XML, which leaves the client without a code


def test_batches_are_judged_as_single_messages(embedded: Any) -> None:
    assert send_batch(embedded) == "ok"


def describe_streams(aws: Any) -> str:
    """A read of a log group, by somebody who may read just that group."""
    group = f"/t/{uuid.uuid4().hex}"
    aws.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*"
    logs = aws.client("logs", **keys_allowed(aws, "logs:DescribeLogStreams", arn))
    with judged(aws):
        return outcome(lambda: logs.describe_log_streams(logGroupName=group))


def test_stock_moto_does_not_know_which_log_group_is_meant(stock: Any) -> None:
    assert describe_streams(stock) == "403"


def test_log_groups_are_known(embedded: Any) -> None:
    assert describe_streams(embedded) == "ok"
