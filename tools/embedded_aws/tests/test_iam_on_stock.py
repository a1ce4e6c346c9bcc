"""What stock moto makes of the same requests: the reasons for fixes/iam."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError


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


def make_vpc(aws: Any, *, allowed_tag: str) -> str:
    """A VPC tagged `dev`, by somebody who may make those that carry `allowed_tag`."""
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    statement = {
        "Effect": "Allow",
        "Action": ["ec2:CreateVpc", "ec2:CreateTags"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/Environment": allowed_tag}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    ec2 = aws.client(
        "ec2", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Environment", "Value": "dev"}]}]
    with judged(aws):
        return outcome(lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags))


def test_stock_moto_ignores_conditions_on_tags(stock: Any) -> None:
    assert make_vpc(stock, allowed_tag="prod") == "ok"


def test_tags_decide(embedded: Any) -> None:
    assert make_vpc(embedded, allowed_tag="dev") == "ok"
    assert make_vpc(embedded, allowed_tag="prod") != "ok"


def get_one_attribute(aws: Any, allowed: str) -> str:
    """An item's `state`, by somebody who may see the attribute `allowed`."""
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex}"
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    iam.create_user(UserName=name)
    condition = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", allowed]}}
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    dynamodb = aws.client(
        "dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    names = {"#state": "state"}
    wanted = {"ProjectionExpression": "#state", "ExpressionAttributeNames": names}
    with judged(aws):
        return outcome(lambda: dynamodb.get_item(TableName=name, Key={"id": {"S": "1"}}, **wanted))


def test_stock_moto_ignores_which_attributes_are_asked_for(stock: Any) -> None:
    assert get_one_attribute(stock, allowed="other") == "ok"


def test_attributes_decide(embedded: Any) -> None:
    assert get_one_attribute(embedded, allowed="state") == "ok"
    assert get_one_attribute(embedded, allowed="other") != "ok"


def take_role(aws: Any) -> str:
    """A role that nobody may take, asked for with a token that is none."""
    name = f"role-{uuid.uuid4().hex}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    request = {"RoleArn": arn, "RoleSessionName": "job", "WebIdentityToken": "a.b.c"}
    return outcome(lambda: aws.client("sts").assume_role_with_web_identity(**request))


def test_stock_moto_gives_anybody_any_role_or_breaks(stock: Any) -> None:
    assert take_role(stock) == "ok"
    with judged(stock), pytest.raises(ResponseParserError):
        stock.client("sts").assume_role_with_web_identity(
            RoleArn="arn:aws:iam::123456789012:role/none", RoleSessionName="job", WebIdentityToken="a.b.c"
        )


def test_roles_are_given_by_their_trust_policy(embedded: Any) -> None:
    assert take_role(embedded) == "ok"
    with judged(embedded):
        assert take_role(embedded) == "InvalidIdentityToken"
