"""The comparison of calls and roles finds what is wrong, and the embedded AWS judges as AWS's table says.

The table is written from AWS's pages; the embedded AWS has its own idea (fixes/iam/needs.py, keys.py). Each
is checked here against the other, call by call.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from authorization_table import Grant, Place, exceptions, granted, needed, problems, recorded, table
from botocore.exceptions import ClientError

PLACE = Place("shop-dev", "123456789012", "us-east-1", "arn:aws:kms:us-east-1:123456789012:key/1")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:shop-dev-background-jobs"
MESSAGE = {"Id": "1", "ReceiptHandle": "none"}


def grants_of(needs: dict[Grant, str]) -> set[Grant]:
    return set(needs)


def test_what_is_needed_and_granted_is_no_problem() -> None:
    needs = needed("background-job", PLACE, recorded())
    assert problems("background-job", needs, grants_of(needs), set()) == []


@pytest.mark.parametrize("who", ["main-job", "background-job"])
def test_each_permission_that_is_taken_away_is_named_with_the_call_that_needs_it(who: str) -> None:
    needs = needed(who, PLACE, recorded())
    for taken, operation in needs.items():
        [found] = problems(who, needs, grants_of(needs) - {taken}, set())
        assert found.startswith(f"{who} calls {operation}, but its task role lacks {taken}: add it in ")
        assert f"module {who.replace('-', '_')} in infra/modules/stack/jobs.tf" in found


@pytest.mark.parametrize(
    "added",
    [
        Grant("sqs:PurgeQueue", QUEUE),
        Grant("sqs:ReceiveMessage", QUEUE.replace("-dev-", "-prod-")),
        Grant("kms:GenerateDataKey", PLACE.key_arn, "dynamodb"),
        Grant("kms:Decrypt", PLACE.key_arn + "2", "sqs"),
    ],
    ids=str,
)
def test_a_permission_too_many_is_named(added: Grant) -> None:
    needs = needed("background-job", PLACE, recorded())
    [found] = problems("background-job", needs, grants_of(needs) | {added}, set())
    assert found.startswith(f"The task role of background-job has {added}, which no recorded call needs")


def test_an_explained_permission_is_no_problem_until_it_is_needed_or_gone() -> None:
    needs, extra = needed("main-job", PLACE, recorded()), Grant("sqs:PurgeQueue", QUEUE)
    granted_now = grants_of(needs)
    assert problems("main-job", needs, granted_now | {extra}, {extra}) == []
    [gone] = problems("main-job", needs, granted_now, {extra})
    assert gone.endswith("which is not granted: delete the entry")
    [used] = problems("main-job", {**needs, extra: "sqs:PurgeQueue"}, granted_now | {extra}, {extra})
    assert used.endswith("which is needed: delete the entry")


def test_a_call_that_the_table_does_not_know_says_where_to_add_it() -> None:
    calls = recorded()
    calls["main-job"].append({"operation": "sns:Publish", "resource": "arn:aws:sns:::topic"})
    with pytest.raises(
        AssertionError, match=r"main-job calls sns:Publish, which policies/authorization/actions\.yaml"
    ):
        needed("main-job", PLACE, calls)


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "a:B",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
    ],
)
def test_a_statement_that_cannot_be_judged_is_no_pass(statement: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        granted([{"Statement": [statement]}])


def test_every_exception_has_its_reason_and_a_role() -> None:
    for who in ("main-job", "background-job"):
        assert exceptions(who, PLACE) == set(), "A task role needs no exception today"
        assert len(exceptions(f"{who}-execution", PLACE)) == 4


@pytest.fixture(scope="module")
def judge(empty_account: dict[str, str]) -> "Judge":
    """Encrypted stores of an environment of its own, where IAM is enforced."""
    return Judge(empty_account["AWS_ENDPOINT_URL"])


CALLS = [(who, call) for who, calls in recorded().items() for call in calls if not who.endswith("-execution")]


@pytest.mark.parametrize(
    ("who", "call"), CALLS, ids=lambda each: each if isinstance(each, str) else each["operation"]
)
def test_the_embedded_aws_wants_what_the_table_says_and_no_less(
    who: str, call: dict[str, str], judge: "Judge"
) -> None:
    needs = needed(who, judge.place, {who: [call]})

    assert judge.allows(call, set(needs)), "The table's actions do not suffice"
    for each in needs:
        assert not judge.allows(call, set(needs) - {each}), f"{each} is not asked for"


class Judge:
    """Tries a call with the credentials of a role that has given grants."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        root = self._clients({"aws_access_key_id": "test", "aws_secret_access_key": "test"})
        self._iam, self._sts = root("iam"), root("sts")
        key_arn = root("kms").create_key()["KeyMetadata"]["Arn"]
        self.place = replace(PLACE, prefix=f"judged{uuid.uuid4().hex[:8]}-dev", key_arn=key_arn)
        self._make(root)

    def allows(self, call: dict[str, str], grants: set[Grant]) -> bool:
        """Whether the call passes; errors that come after the permission count as passing."""
        clients = self._clients(self._role(grants))
        service, _, operation = call["operation"].partition(":")
        arguments = ARGUMENTS[call["operation"]](self.place.fill(call["resource"]))
        client = clients(service)
        name = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
        try:
            getattr(client, name)(**arguments)
        except ClientError as error:
            return "Denied" not in error.response["Error"]["Code"]
        return True

    def _clients(self, keys: dict[str, str]) -> Callable[[str], Any]:
        make: Any = boto3.client
        return lambda service: make(service, endpoint_url=self._endpoint, region_name=PLACE.region, **keys)

    def _role(self, grants: set[Grant]) -> dict[str, str]:
        name = f"judged-{uuid.uuid4().hex}"
        service = {"Service": "ecs-tasks.amazonaws.com"}
        trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
        role = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([trust]))["Role"]
        statements = [_statement(grant, self.place.region) for grant in sorted(grants)]
        if statements:
            self._iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=_document(statements))
        keys = self._sts.assume_role(RoleArn=role["Arn"], RoleSessionName="judge")["Credentials"]
        return {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }

    def _make(self, root: Callable[[str], Any]) -> None:
        prefix, key = self.place.prefix, self.place.key_arn
        for name in ("main-job-triggers", "main-job-triggers-dlq", "background-jobs", "background-jobs-dlq"):
            root("sqs").create_queue(QueueName=f"{prefix}-{name}", Attributes={"KmsMasterKeyId": key})
        root("dynamodb").create_table(
            TableName=f"{prefix}-ledger",
            KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        )
        bucket = f"{prefix}-results-{self.place.account}"
        root("s3").create_bucket(Bucket=bucket)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        root("s3").put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule | {"BucketKeyEnabled": True}]}
        )
        for name in ("background-job", "custom-processing"):
            root("logs").create_log_group(logGroupName=f"/ecs/{prefix}/{name}")
        root("ecs").create_cluster(clusterName=f"{prefix}-cluster")


def _statement(grant: Grant, region: str) -> dict[str, Any]:
    via = {"StringEquals": {"kms:ViaService": f"{grant.via}.{region}.amazonaws.com"}}
    # A role of its own would say `:*`; the judge is asked about one stream, task or object.
    return {
        "Effect": "Allow",
        "Action": grant.action,
        "Resource": grant.resource,
        **({"Condition": via} if grant.via else {}),
    }


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _url(arn: str) -> str:
    return f"https://sqs.us-east-1.amazonaws.com/123456789012/{arn.rpartition(':')[2]}"


def _stream(arn: str) -> dict[str, Any]:
    group, _, _ = arn.partition(":log-group:")[2].partition(":log-stream:")
    return {"logGroupName": group, "logStreamName": "a/b"}


# Arguments for each operation of the table, from the ARN that is called.
ARGUMENTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "sqs:ReceiveMessage": lambda arn: {"QueueUrl": _url(arn), "WaitTimeSeconds": 0},
    "sqs:SendMessageBatch": lambda arn: {
        "QueueUrl": _url(arn),
        "Entries": [{"Id": "1", "MessageBody": "{}"}],
    },
    "sqs:DeleteMessageBatch": lambda arn: {"QueueUrl": _url(arn), "Entries": [MESSAGE]},
    "sqs:ChangeMessageVisibilityBatch": lambda arn: {
        "QueueUrl": _url(arn),
        "Entries": [MESSAGE | {"VisibilityTimeout": 1}],
    },
    "dynamodb:UpdateItem": lambda arn: {
        "TableName": arn.rpartition("/")[2],
        "Key": {"jobId": {"S": "x"}},
        "UpdateExpression": "SET a = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
    },
    "s3:PutObject": lambda arn: {
        "Bucket": arn.partition(":::")[2].partition("/")[0],
        "Key": "k",
        "Body": b"",
    },
    "logs:CreateLogStream": _stream,
    "logs:PutLogEvents": lambda arn: {**_stream(arn), "logEvents": [{"timestamp": 1, "message": "a"}]},
    "ecs:UpdateTaskProtection": lambda arn: {
        "cluster": arn.rpartition("/")[0].rpartition("/")[2],
        "tasks": [arn.replace("*", "0123")],
        "protectionEnabled": True,
    },
}


def test_every_operation_of_the_table_is_tried_on_the_embedded_aws() -> None:
    assert set(ARGUMENTS) == set(table())
