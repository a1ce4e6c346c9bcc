"""Who may take the roles of the running stack: ECS tasks of this account and region, nobody else.

The embedded AWS judges trust policies for callers that have access keys, and the first tests here try it. It
does not know callers that are AWS services, so the others hold the documents against the rules of the IAM
user guide, with the condition operators that the embedded AWS uses. Needs the local stack.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from applied_roles import WHO, AppliedRoles
from authorization_table import listed
from botocore.exceptions import ClientError
from deployment.product import product
from embedded_aws.fixes.iam.conditions import conditions_hold

pytestmark = pytest.mark.stack

ACCOUNT, REGION, STRANGER = "123456789012", product().aws_region, "999988887777"
ECS = {"Service": "ecs-tasks.amazonaws.com"}


@pytest.fixture(scope="module")
def roles(stack: Any) -> AppliedRoles:
    """Task and execution roles."""
    return AppliedRoles(stack)


@pytest.fixture(scope="module")
def user(roles: AppliedRoles) -> Iterator[dict[str, str]]:
    """Keys of a user of the account who, for IAM's part, may do everything."""
    iam, name = roles.client("iam"), f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="all")
    iam.delete_user(UserName=name)


def may_assume(roles: AppliedRoles, keys: dict[str, str], role_arn: str) -> bool:
    try:
        roles.client("sts", **keys).assume_role(RoleArn=role_arn, RoleSessionName="test")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


@pytest.mark.parametrize("who", WHO)
def test_not_even_an_administrator_of_the_account_takes_a_role(
    who: str, roles: AppliedRoles, user: dict[str, str]
) -> None:
    assert not may_assume(roles, user, roles.arn(who))


def test_the_same_user_takes_a_role_that_trusts_the_account(
    roles: AppliedRoles, user: dict[str, str]
) -> None:
    iam, name = roles.client("iam"), f"open-{uuid.uuid4().hex}"
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    try:
        assert may_assume(roles, user, arn)
    finally:
        iam.delete_role(RoleName=name)


@pytest.mark.parametrize("service", ["main-job", "background-job"])
@pytest.mark.parametrize("who", WHO)
def test_no_task_takes_another_role(service: str, who: str, roles: AppliedRoles) -> None:
    assert not may_assume(roles, roles.credentials(service), roles.arn(who))


def admits(document: Any, principal: dict[str, str], context: dict[str, str]) -> bool:
    """Whether a trust policy lets a principal assume the role. Fails on what it cannot read."""
    admitted = False
    for statement in listed(document["Statement"]):
        assert set(statement) <= {"Sid", "Effect", "Principal", "Action", "Condition"}, statement
        assert listed(statement["Action"]) == ["sts:AssumeRole"], statement
        if not _names(statement["Principal"], principal):
            continue
        brings = {key.lower(): [value] for key, value in context.items()}
        if conditions_hold(statement.get("Condition", {}), brings):
            if statement["Effect"] == "Deny":
                return False
            admitted = True
    return admitted


def _names(trusted: Any, principal: dict[str, str]) -> bool:
    if trusted == "*":
        return True
    [(kind, name)] = principal.items()
    account = name.split(":")[4] if kind == "AWS" else ""
    everybody_of_it = {account, f"arn:aws:iam::{account}:root"} - {""}
    return bool({"*", name, *everybody_of_it} & set(listed(trusted.get(kind, []))))


def asked(account: str = ACCOUNT, region: str = REGION, service: str = "ecs", of: str = "") -> dict[str, str]:
    """What a service that acts for a resource brings along."""
    of = of or account
    return {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:{service}:{region}:{of}:cluster/c"}


CASES: list[tuple[str, dict[str, str], dict[str, str], bool]] = [
    ("ECS for a task of this account", ECS, asked(), True),
    ("ECS for a task of another account", ECS, asked(account=STRANGER), False),
    ("ECS for another account's task, which says it is ours", ECS, asked(of=STRANGER), False),
    ("ECS for another account, naming our task", ECS, {**asked(), "aws:SourceAccount": STRANGER}, False),
    ("ECS in another region", ECS, asked(region="eu-west-1"), False),
    ("ECS for what is no task", ECS, asked(service="lambda"), False),
    ("ECS that says for nobody", ECS, {}, False),
    ("ECS that says the account only", ECS, {"aws:SourceAccount": ACCOUNT}, False),
    *(
        (service, {"Service": f"{service}.amazonaws.com"}, asked(), False)
        for service in ("ecs", "ec2", "lambda", "events", "scheduler", "codebuild", "ssm")
    ),
    *(
        (arn, {"AWS": arn}, asked(), False)
        for arn in (
            f"arn:aws:iam::{ACCOUNT}:root",
            f"arn:aws:iam::{ACCOUNT}:user/somebody",
            f"arn:aws:iam::{ACCOUNT}:role/somebody",
            f"arn:aws:iam::{STRANGER}:root",
        )
    ),
    ("a federated user", {"Federated": "token.actions.githubusercontent.com"}, asked(), False),
]


@pytest.mark.parametrize(
    ("principal", "context", "admitted"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("who", WHO)
def test_the_trust_admits_ecs_tasks_of_this_account_and_region_only(
    who: str, principal: dict[str, str], context: dict[str, str], admitted: bool, roles: AppliedRoles
) -> None:
    assert admits(roles.trust(who), principal, context) is admitted


@pytest.mark.parametrize(
    ("trusted", "principal"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"}),
        ({"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/somebody"}),
        ({"AWS": "*"}, {"AWS": f"arn:aws:iam::{STRANGER}:root"}),
        ("*", {"Service": "ec2.amazonaws.com"}),
        ({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, {"Service": "ec2.amazonaws.com"}),
    ],
)
def test_the_reader_of_trust_policies_sees_an_open_door(trusted: Any, principal: dict[str, str]) -> None:
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    assert admits({"Statement": statement}, principal, {})
