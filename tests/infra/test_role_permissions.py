"""The running stack's roles allow what the recorded calls need, and nothing else. Needs the local stack."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from applied_roles import WHO, AppliedRoles
from authorization_table import SERVICES, Grant, Place, exceptions, granted, needed, problems, recorded
from botocore.exceptions import ClientError

pytestmark = pytest.mark.stack

OTHER = {"main-job": "background-job", "background-job": "main-job"}
OWN_QUEUE = {"main-job": "main-job-triggers", "background-job": "background-jobs"}


@pytest.fixture(scope="module")
def roles(stack: Any) -> AppliedRoles:
    """Task and execution roles."""
    return AppliedRoles(stack)


@pytest.mark.parametrize("who", WHO)
def test_a_role_may_do_what_is_called_and_nothing_else(who: str, roles: AppliedRoles) -> None:
    grants = granted(roles.policies(who).values())
    needs = needed(who, roles.place, recorded())
    assert len(needs) >= 2

    found = problems(who, needs, grants, exceptions(who, roles.place))

    assert not found, "\n".join(found)


@pytest.mark.parametrize("environment", ["staging", "prod", "dev2"])
@pytest.mark.parametrize("who", WHO)
def test_no_role_reaches_what_another_environment_is_called(
    who: str, environment: str, roles: AppliedRoles
) -> None:
    project = roles.place.prefix.rpartition("-")[0]
    there = replace(roles.place, prefix=f"{project}-{environment}", key_arn=f"{roles.place.key_arn}-there")
    grants = granted(roles.policies(who).values())

    wanted = [need for each in WHO for need in needed(each, there, recorded())]

    assert [str(need) for need in wanted if any(grant.covers(need) for grant in grants)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_neither_service_does_the_other_one_s_work(service: str, roles: AppliedRoles) -> None:
    grants = granted(roles.policies(service).values())
    own, others = (needed(each, roles.place, recorded()) for each in (service, OTHER[service]))

    shared = {need for need in others if any(grant.covers(need) for grant in grants)} - set(own)

    assert shared == set()


def test_main_job_cannot_read_jobs_and_background_job_cannot_send_triggers(roles: AppliedRoles) -> None:
    for service, attempts in (("main-job", reading), ("background-job", sending)):
        sqs = roles.client("sqs", **roles.credentials(service))
        for name, attempt in attempts(sqs, queue_url(roles, OWN_QUEUE[OTHER[service]])).items():
            assert outcome(attempt) == "denied", f"{service} may {name}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_task_s_credentials_do_nothing_elsewhere(service: str, roles: AppliedRoles) -> None:
    """Elsewhere: prod's queues, table, bucket, log groups and tasks, made here for the while."""
    there = replace(roles.place, prefix=roles.place.prefix.replace("-dev", "-prod"))
    client = partial(roles.client, **roles.credentials(service))
    with elsewhere(roles, there):
        allowed = [name for name, attempt in deeds(client, there).items() if outcome(attempt) != "denied"]
    assert allowed == []


@pytest.mark.parametrize("who", WHO)
def test_no_role_reads_the_other_service_s_secret(who: str, roles: AppliedRoles) -> None:
    """Nor anything of SSM and Secrets Manager: dev gives its services no secrets."""
    ssm, secrets = (roles.client(name) for name in ("ssm", "secretsmanager"))
    name = f"/{roles.place.prefix}/test/token"
    ssm.put_parameter(Name=name, Value="secret", Type="SecureString")
    arn = secrets.create_secret(Name=name, SecretString="secret")["ARN"]
    try:
        keys = roles.credentials(who)
        assert outcome(partial(roles.client("ssm", **keys).get_parameters, Names=[name])) == "denied"
        assert (
            outcome(partial(roles.client("secretsmanager", **keys).get_secret_value, SecretId=arn))
            == "denied"
        )
    finally:
        ssm.delete_parameter(Name=name)
        secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize("service", SERVICES)
def test_an_execution_role_pulls_its_image_and_writes_its_group(service: str, roles: AppliedRoles) -> None:
    place, other = roles.place, OTHER[service]
    project = place.prefix.rpartition("-")[0]
    ecr, logs = f"arn:aws:ecr:{place.region}:{place.account}:repository", f"arn:aws:logs:{place.region}"
    group = f"{logs}:{place.account}:log-group:/ecs/{place.prefix}"
    grants = granted(roles.policies(f"{service}-execution").values())

    def may(action: str, resource: str) -> bool:
        return any(grant.covers(Grant(action, resource)) for grant in grants)

    assert may("ecr:BatchGetImage", f"{ecr}/{project}-{service}")
    assert may("logs:PutLogEvents", f"{group}/{service}:log-stream:{service}/x")
    assert not may("ecr:BatchGetImage", f"{ecr}/{project}-{other}")
    assert not may("logs:PutLogEvents", f"{group}/{other}:log-stream:{other}/x")
    assert not may("ecr:PutImage", f"{ecr}/{project}-{service}")
    assert {grant.action for grant in grants if grant.resource == "*"} == {"ecr:GetAuthorizationToken"}


def outcome(attempt: Callable[[], Any]) -> str:
    """ "denied", "done", or another error, which comes after the permission."""
    try:
        attempt()
    except ClientError as error:
        said = error.response
        refused = said["ResponseMetadata"]["HTTPStatusCode"] == 403 or "Denied" in said["Error"]["Code"]
        return "denied" if refused else said["Error"]["Code"]
    return "done"


def queue_url(roles: AppliedRoles, name: str) -> str:
    return f"https://sqs.{roles.place.region}.amazonaws.com/{roles.place.account}/{roles.place.prefix}-{name}"


def reading(sqs: Any, url: str) -> dict[str, Callable[[], Any]]:
    entries = [{"Id": "1", "ReceiptHandle": "none"}]
    return {
        "receive": partial(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=0),
        "delete": partial(sqs.delete_message_batch, QueueUrl=url, Entries=entries),
        "delay": partial(
            sqs.change_message_visibility_batch, QueueUrl=url, Entries=[entries[0] | {"VisibilityTimeout": 1}]
        ),
        "purge": partial(sqs.purge_queue, QueueUrl=url),
    }


def sending(sqs: Any, url: str) -> dict[str, Callable[[], Any]]:
    return {
        "send": partial(sqs.send_message, QueueUrl=url, MessageBody="{}"),
        "send many": partial(
            sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "{}"}]
        ),
    }


def deeds(client: Callable[[str], Any], there: Place) -> dict[str, Callable[[], Any]]:
    """Every recorded operation, on everything of another environment."""
    found: dict[str, Callable[[], Any]] = {}
    for name in QUEUES:
        url = f"https://sqs.{there.region}.amazonaws.com/{there.account}/{there.prefix}-{name}"
        for deed, attempt in (reading(client("sqs"), url) | sending(client("sqs"), url)).items():
            found[f"{deed} {name}"] = attempt
    for name in GROUPS:
        stream = {"logGroupName": f"/ecs/{there.prefix}/{name}", "logStreamName": "s"}
        found[f"log to {name}"] = partial(client("logs").create_log_stream, **stream)
    task = f"arn:aws:ecs:{there.region}:{there.account}:task/{there.prefix}-cluster/0123"
    return found | {
        "write the ledger": partial(
            client("dynamodb").update_item,
            TableName=f"{there.prefix}-ledger",
            Key={"jobId": {"S": "x"}},
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
        ),
        "store a result": partial(
            client("s3").put_object, Bucket=f"{there.prefix}-results-{there.account}", Key="k", Body=b""
        ),
        "protect a task": partial(
            client("ecs").update_task_protection,
            cluster=f"{there.prefix}-cluster",
            tasks=[task],
            protectionEnabled=True,
        ),
    }


QUEUES = ("main-job-triggers", "main-job-triggers-dlq", "background-jobs", "background-jobs-dlq")
GROUPS = ("main-job", "background-job", "custom-processing")


@contextmanager
def elsewhere(roles: AppliedRoles, there: Place) -> Iterator[None]:
    """Another environment's stores, so that only permissions are missing."""
    sqs, logs, dynamodb, s3 = (roles.client(name) for name in ("sqs", "logs", "dynamodb", "s3"))
    table, bucket = f"{there.prefix}-ledger", f"{there.prefix}-results-{there.account}"
    urls = [sqs.create_queue(QueueName=f"{there.prefix}-{name}")["QueueUrl"] for name in QUEUES]
    for name in GROUPS:
        logs.create_log_group(logGroupName=f"/ecs/{there.prefix}/{name}")
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3.create_bucket(Bucket=bucket)
    try:
        yield
    finally:
        for url in urls:
            sqs.delete_queue(QueueUrl=url)
        for name in GROUPS:
            logs.delete_log_group(logGroupName=f"/ecs/{there.prefix}/{name}")
        dynamodb.delete_table(TableName=table)
        s3.delete_bucket(Bucket=bucket)
