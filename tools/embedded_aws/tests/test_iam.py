"""Judging requests: identity policies, conditions, batch actions, resources, bucket policies."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


def outcome(call: Any) -> str:
    """ "ok", or the error's code."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def role_keys(aws: Any, *statements: dict[str, Any], trust: dict[str, Any] | None = None) -> dict[str, str]:
    """Credentials of a new role that has the statements as its policy."""
    iam, name = aws.client("iam"), f"role-{uuid.uuid4().hex}"
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust or service))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    keys = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="task")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def arn_of(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.rpartition('/')[2]}"


def send_batch(aws: Any, url: str, *statements: dict[str, Any]) -> str:
    sqs = aws.client("sqs", **role_keys(aws, *statements))
    entries = [{"Id": "a", "MessageBody": "a"}]
    return outcome(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))


def test_the_account_root_may_do_everything(enforcing: Any) -> None:
    assert outcome(lambda: enforcing.client("sqs").list_queues()) == "ok"


def test_a_role_without_a_policy_may_do_nothing(enforcing: Any) -> None:
    keys = role_keys(enforcing)
    assert outcome(lambda: enforcing.client("sqs", **keys).list_queues()).startswith("AccessDenied")
    assert outcome(lambda: enforcing.client("s3", **keys).list_buckets()) == "AccessDenied"


def test_a_batch_needs_the_action_of_a_single_message(enforcing: Any) -> None:
    url = enforcing.queue()
    assert send_batch(enforcing, url, allow("sqs:SendMessage", arn_of(url))) == "ok"
    assert send_batch(enforcing, url, allow("sqs:SendMessageBatch", arn_of(url))).startswith("AccessDenied")


def test_actions_are_compared_without_case_and_dots_are_only_dots(enforcing: Any) -> None:
    url = enforcing.queue()
    assert send_batch(enforcing, url, allow("SQS:sendmessage", arn_of(url))) == "ok"
    other = arn_of(url).replace("-", ".", 1)
    assert send_batch(enforcing, url, allow("sqs:SendMessage", other)).startswith("AccessDenied")


def test_another_queue_is_denied(enforcing: Any) -> None:
    allowed, other = enforcing.queue(), enforcing.queue()
    assert send_batch(enforcing, other, allow("sqs:*", arn_of(allowed))).startswith("AccessDenied")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, "ok"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "denied"),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "denied"),
        ({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, "ok"),
        ({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}, "ok"),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, "denied"),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/role-*"}}, "ok"),
        ({"Null": {"aws:SourceArn": "true"}}, "ok"),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "denied"),
    ],
)
def test_conditions_decide_whether_a_statement_applies(enforcing: Any, condition: Any, expected: str) -> None:
    url = enforcing.queue()
    found = send_batch(enforcing, url, allow("sqs:SendMessage", Condition=condition))
    assert found == "ok" if expected == "ok" else found.startswith("AccessDenied")


def test_a_denial_counts_only_while_its_condition_holds(enforcing: Any) -> None:
    url = enforcing.queue()
    deny = {**allow("sqs:*"), "Effect": "Deny"}
    plain_http = {"Bool": {"aws:SecureTransport": "false"}}
    assert send_batch(enforcing, url, allow("sqs:*"), {**deny, "Condition": plain_http}) == "ok"
    assert send_batch(enforcing, url, allow("sqs:*"), deny).startswith("AccessDenied")


def put_log_events(aws: Any, resource: str) -> str:
    group = f"/t/{uuid.uuid4().hex}"
    aws.client("logs").create_log_group(logGroupName=group)
    keys = role_keys(aws, allow(["logs:CreateLogStream", "logs:PutLogEvents"], resource.format(group=group)))
    logs = aws.client("logs", **keys)
    stream = {"logGroupName": group, "logStreamName": "2026/a"}
    event = {"timestamp": int(time.time() * 1000), "message": "a"}

    def create_and_put() -> None:
        logs.create_log_stream(**stream)
        logs.put_log_events(**stream, logEvents=[event])

    return outcome(create_and_put)


def test_log_groups_are_judged_by_their_arn(enforcing: Any) -> None:
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:"
    assert put_log_events(enforcing, arn + "{group}:*") == "ok"
    assert put_log_events(enforcing, arn + "{group}:log-stream:*") == "ok"
    assert put_log_events(enforcing, arn + "/other:*").startswith("AccessDenied")


def test_tables_are_judged_by_their_arn(enforcing: Any) -> None:
    table, arn = f"t-{uuid.uuid4().hex}", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/"
    enforcing.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )

    def get(resource: str) -> str:
        keys = role_keys(enforcing, allow("dynamodb:GetItem", resource))
        dynamodb = enforcing.client("dynamodb", **keys)
        return outcome(lambda: dynamodb.get_item(TableName=table, Key={"id": {"S": "a"}}))

    assert get(arn + table) == "ok"
    assert get(arn + "other").startswith("AccessDenied")


def test_an_encrypted_queue_needs_its_key_too(enforcing: Any) -> None:
    key = enforcing.client("kms").create_key()["KeyMetadata"]["Arn"]
    url = enforcing.queue(KmsMasterKeyId=key)
    used = key_use(key, "sqs", "GenerateDataKey", "Decrypt")
    assert send_batch(enforcing, url, allow("sqs:SendMessage"), used) == "ok"
    assert send_batch(enforcing, url, allow("sqs:SendMessage")).startswith("AccessDenied")


def key_use(key: str, service: str, *operations: str) -> dict[str, Any]:
    via = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    return allow([f"kms:{operation}" for operation in operations], key, Condition=via)


def test_an_encrypted_table_needs_its_key_too(enforcing: Any) -> None:
    key, table = enforcing.client("kms").create_key()["KeyMetadata"]["Arn"], f"t-{uuid.uuid4().hex}"
    enforcing.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )

    def put(*statements: dict[str, Any]) -> str:
        dynamodb = enforcing.client("dynamodb", **role_keys(enforcing, *statements))
        item = {"Put": {"TableName": table, "Item": {"id": {"S": "a"}}}}
        return outcome(lambda: dynamodb.transact_write_items(TransactItems=[item]))

    assert put(allow("dynamodb:PutItem"), key_use(key, "dynamodb", "Decrypt")) == "ok"
    assert put(allow("dynamodb:PutItem")).startswith("AccessDenied")


def test_an_encrypted_bucket_needs_its_key_too(enforcing: Any) -> None:
    key, bucket = enforcing.client("kms").create_key()["KeyMetadata"]["Arn"], f"b-{uuid.uuid4().hex}"
    enforcing.client("s3").create_bucket(Bucket=bucket)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    enforcing.client("s3").put_bucket_encryption(
        Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )

    def put_and_get(*statements: dict[str, Any]) -> tuple[str, str]:
        s3 = enforcing.client("s3", **role_keys(enforcing, allow("s3:*"), *statements))
        put = outcome(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b""))
        return put, outcome(lambda: s3.get_object(Bucket=bucket, Key="k"))

    assert put_and_get(key_use(key, "s3", "GenerateDataKey", "Decrypt")) == ("ok", "ok")
    assert put_and_get(key_use(key, "s3", "Decrypt")) == ("AccessDenied", "ok")
    assert put_and_get(key_use(key, "sqs", "Decrypt")) == ("AccessDenied", "AccessDenied")


def test_secrets_are_judged_by_their_arn(enforcing: Any) -> None:
    name = f"s-{uuid.uuid4().hex}"
    arn = enforcing.client("secretsmanager").create_secret(Name=name, SecretString="x")["ARN"]

    def get(resource: str) -> str:
        keys = role_keys(enforcing, allow("secretsmanager:GetSecretValue", resource))
        secrets = enforcing.client("secretsmanager", **keys)
        return outcome(lambda: secrets.get_secret_value(SecretId=name))

    assert get(arn) == "ok"
    assert get(arn.replace(name, "other")).startswith("AccessDenied")


def put_under_policy(aws: Any, **statement: Any) -> str:
    """Put an object, as root, into a bucket whose policy has the statement."""
    s3, bucket = aws.client("s3"), f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    given = {"Effect": "Deny", "Principal": "*", "Action": "s3:*"} | statement
    given["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=document(given))
    return outcome(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x"))


def test_a_bucket_that_denies_plain_http_can_be_used(embedded: Any, stock: Any) -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    assert put_under_policy(embedded, Condition=condition) == "ok"
    assert put_under_policy(stock, Condition=condition) != "ok"


def test_a_bucket_that_denies_everybody_denies(embedded: Any) -> None:
    assert put_under_policy(embedded) != "ok"


def test_a_denial_for_another_principal_does_not_count(embedded: Any, stock: Any) -> None:
    other = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}
    assert put_under_policy(embedded, Principal=other) == "ok"
    assert put_under_policy(stock, Principal=other) != "ok"


def test_a_role_that_trusts_a_service_under_conditions_can_be_assumed(enforcing: Any) -> None:
    condition = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"},
    }
    service = {"Service": "ecs-tasks.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole", "Condition": condition}
    keys = role_keys(enforcing, allow("sqs:ListQueues"), trust=trust)
    assert outcome(lambda: enforcing.client("sqs", **keys).list_queues()) == "ok"


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        ({"ProjectionExpression": "jobId, #s.part[0]", "ExpressionAttributeNames": {"#s": "state"}}, "ok"),
        ({"AttributesToGet": ["state"]}, "ok"),
        (
            {"ProjectionExpression": "#o", "ExpressionAttributeNames": {"#o": "owner"}},
            "AccessDeniedException",
        ),
        ({}, "AccessDeniedException"),
    ],
    ids=["named", "named the old way", "another", "none, so all"],
)
@pytest.mark.parametrize("reading", ["GetItem", "BatchGetItem"])
def test_attributes_of_an_item_are_judged(
    enforcing: Any, reading: str, request_of: dict[str, Any], expected: str
) -> None:
    table = f"t-{uuid.uuid4().hex}"
    enforcing.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    named = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["jobId", "state"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    keys = role_keys(enforcing, allow(f"dynamodb:{reading}", Condition=named))
    dynamodb, key = enforcing.client("dynamodb", **keys), {"jobId": {"S": "1"}}
    requests = {
        "GetItem": lambda: dynamodb.get_item(TableName=table, Key=key, **request_of),
        "BatchGetItem": lambda: dynamodb.batch_get_item(RequestItems={table: {"Keys": [key], **request_of}}),
    }

    done = outcome(requests[reading])

    assert done == expected
