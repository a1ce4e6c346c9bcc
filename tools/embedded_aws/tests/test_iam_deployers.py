"""Judging those who deploy: boundaries, passed roles, tags, settings of buckets, tokens of a provider."""

import base64
import json
import uuid
from typing import Any

import pytest
from test_iam import ACCOUNT, allow, document, outcome, role_keys

ISSUER = "token.actions.githubusercontent.com"
TRUST = document(allow("sts:AssumeRole") | {"Principal": {"Service": "ecs-tasks.amazonaws.com"}})
DENIED = ("AccessDenied", "AccessDeniedException")


def denied(call: Any) -> bool:
    """Whether a call ends in a denial; an error of the operation itself comes after the permission."""
    return outcome(call) in DENIED


def new_role(aws: Any, **more: Any) -> str:
    name = f"team-{uuid.uuid4().hex}"
    aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **more)
    return name


def new_policy(aws: Any, *statements: dict[str, Any]) -> str:
    made = aws.client("iam").create_policy(
        PolicyName=f"p-{uuid.uuid4().hex}", PolicyDocument=document(*statements)
    )
    return str(made["Policy"]["Arn"])


def test_a_role_can_do_no_more_than_its_boundary(enforcing: Any) -> None:
    iam, inside, outside = enforcing.client("iam"), enforcing.queue(), enforcing.queue()
    boundary = new_policy(enforcing, allow("sqs:SendMessage", f"arn:aws:sqs:*:*:{inside.rpartition('/')[2]}"))
    name = new_role(enforcing, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document(allow("*")))
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    taken = enforcing.client("sts").assume_role(RoleArn=role, RoleSessionName="task")["Credentials"]
    sqs = enforcing.client(
        "sqs",
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )

    assert outcome(lambda: sqs.send_message(QueueUrl=inside, MessageBody="a")) == "ok"
    assert denied(lambda: sqs.send_message(QueueUrl=outside, MessageBody="a"))


def test_a_policy_may_demand_the_boundary_of_new_and_of_changed_roles(enforcing: Any) -> None:
    boundary = new_policy(enforcing, allow("s3:*"))
    demanded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    keys = role_keys(enforcing, allow(["iam:CreateRole", "iam:PutRolePolicy"], Condition=demanded))
    iam = enforcing.client("iam", **keys)
    bound, free = new_role(enforcing, PermissionsBoundary=boundary), new_role(enforcing)

    def create(**more: Any) -> Any:
        return iam.create_role(RoleName=f"r-{uuid.uuid4().hex}", AssumeRolePolicyDocument=TRUST, **more)

    def write(role: str) -> Any:
        return iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(allow("*")))

    assert denied(create)
    assert outcome(lambda: create(PermissionsBoundary=boundary)) == "ok"
    assert denied(lambda: write(free))
    assert outcome(lambda: write(bound)) == "ok"


def test_a_role_is_judged_by_name_before_it_exists(enforcing: Any) -> None:
    keys = role_keys(enforcing, allow("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/own-*"))
    iam = enforcing.client("iam", **keys)

    def create(prefix: str) -> Any:
        return iam.create_role(RoleName=f"{prefix}-{uuid.uuid4().hex}", AssumeRolePolicyDocument=TRUST)

    assert outcome(lambda: create("own")) == "ok"
    assert denied(lambda: create("other"))


def test_a_task_definition_needs_leave_to_pass_its_roles(enforcing: Any) -> None:
    passing = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    own = f"arn:aws:iam::{ACCOUNT}:role/own-*"
    family = allow("ecs:RegisterTaskDefinition", f"arn:aws:ecs:*:{ACCOUNT}:task-definition/own-*")
    ecs = enforcing.client(
        "ecs", **role_keys(enforcing, family, allow("iam:PassRole", own, Condition=passing))
    )

    def register(role: str, name: str = "own-worker") -> Any:
        return ecs.register_task_definition(
            family=name,
            taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            containerDefinitions=[{"name": "a", "image": "a", "memory": 64}],
        )

    assert outcome(lambda: register("own-task")) == "ok"
    assert denied(lambda: register("admin"))
    assert denied(lambda: register("own-task", name="other-worker"))


def test_ec2_judges_new_things_by_given_tags_and_old_ones_by_their_own(enforcing: Any) -> None:
    root = enforcing.client("ec2")
    given = {"StringEquals": {"aws:RequestTag/Environment": "dev"}}
    has = {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
    create = allow(["ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateTags"], Condition=given)
    ec2 = enforcing.client(
        "ec2",
        **role_keys(enforcing, create, allow(["ec2:CreateSubnet", "ec2:DeleteVpc"], Condition=has)),
    )

    def tags(kind: str, value: str) -> Any:
        return {
            "TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "Environment", "Value": value}]}]
        }

    def subnet(vpc: str) -> Any:
        return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", **tags("subnet", "dev"))

    own = root.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc", "dev"))["Vpc"]["VpcId"]
    other = root.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc", "prod"))["Vpc"]["VpcId"]

    assert outcome(lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc", "dev"))) == "ok"
    assert denied(lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16", **tags("vpc", "prod")))
    assert denied(lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16"))
    assert outcome(lambda: subnet(own)) == "ok"
    assert denied(lambda: subnet(other))
    assert denied(lambda: ec2.delete_vpc(VpcId=other))


def test_keys_are_judged_by_their_tags(enforcing: Any) -> None:
    root = enforcing.client("kms")
    has = {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
    given = {"StringEquals": {"aws:RequestTag/Environment": "dev"}}
    kms = enforcing.client(
        "kms",
        **role_keys(
            enforcing,
            allow("kms:ScheduleKeyDeletion", Condition=has),
            allow(["kms:CreateKey", "kms:TagResource"], Condition=given),
        ),
    )

    def tags(value: str) -> Any:
        return {"Tags": [{"TagKey": "Environment", "TagValue": value}]}

    own, other = (root.create_key(**tags(name))["KeyMetadata"]["KeyId"] for name in ("dev", "prod"))
    assert outcome(lambda: kms.schedule_key_deletion(KeyId=own)) == "ok"
    assert denied(lambda: kms.schedule_key_deletion(KeyId=other))
    assert outcome(lambda: kms.create_key(**tags("dev"))) == "ok"
    assert denied(lambda: kms.create_key(**tags("prod")))


def test_tags_on_a_new_thing_need_the_tagging_action(enforcing: Any) -> None:
    def create(*actions: str) -> str:
        logs = enforcing.client("logs", **role_keys(enforcing, allow(list(actions))))
        group = f"/t/{uuid.uuid4().hex}"
        return outcome(lambda: logs.create_log_group(logGroupName=group, tags={"a": "b"}))

    assert create("logs:CreateLogGroup") in DENIED
    assert create("logs:CreateLogGroup", "logs:TagResource") == "ok"


@pytest.mark.parametrize(
    ("action", "expected"), [("s3:PutEncryptionConfiguration", "ok"), ("s3:CreateBucket", "AccessDenied")]
)
def test_a_setting_of_a_bucket_has_an_action_of_its_own(enforcing: Any, action: str, expected: str) -> None:
    bucket = f"b-{uuid.uuid4().hex}"
    enforcing.client("s3").create_bucket(Bucket=bucket)
    s3 = enforcing.client("s3", **role_keys(enforcing, allow(action)))
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}

    assert (
        outcome(lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules))
        == expected
    )


def test_listing_is_judged_by_prefix(enforcing: Any) -> None:
    bucket = f"b-{uuid.uuid4().hex}"
    enforcing.client("s3").create_bucket(Bucket=bucket)
    own = {"StringEquals": {"s3:prefix": "dev/"}}
    s3 = enforcing.client("s3", **role_keys(enforcing, allow("s3:ListBucket", Condition=own)))

    assert outcome(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="dev/")) == "ok"
    assert denied(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="prod/"))
    assert denied(lambda: s3.list_objects_v2(Bucket=bucket))


def token(**claims: Any) -> str:
    def part(content: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part({'iss': f'https://{ISSUER}', **claims})}.signature"


@pytest.fixture(scope="module")
def provider(enforcing: Any) -> str:
    made = enforcing.client("iam").create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"]
    )
    return str(made["OpenIDConnectProviderArn"])


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"aud": "sts.amazonaws.com", "sub": "repo:o/n:ref:refs/heads/main", "ref": "main"}, "ok"),
        ({"aud": "sts.amazonaws.com", "sub": "repo:o/n:ref:refs/heads/other", "ref": "main"}, "AccessDenied"),
        ({"aud": "sts.amazonaws.com", "sub": "repo:o/n:ref:refs/heads/main"}, "AccessDenied"),
        ({"aud": "other", "sub": "repo:o/n:ref:refs/heads/main", "ref": "main"}, "InvalidIdentityToken"),
        ({"iss": "https://example.com", "aud": "sts.amazonaws.com"}, "InvalidIdentityToken"),
    ],
)
def test_the_trust_policy_decides_which_tokens_may_take_a_role(
    enforcing: Any, provider: str, claims: dict[str, str], expected: str
) -> None:
    wanted = {f"{ISSUER}:sub": "repo:o/n:ref:refs/heads/main", f"{ISSUER}:ref": "main"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": wanted},
    }
    name = f"r-{uuid.uuid4().hex}"
    enforcing.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    sts = enforcing.client("sts")

    assert (
        outcome(
            lambda: sts.assume_role_with_web_identity(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
                RoleSessionName="job",
                WebIdentityToken=token(**claims),
            )
        )
        == expected
    )


def test_what_is_no_token_takes_no_role(enforcing: Any, provider: str) -> None:
    sts = enforcing.client("sts")
    role = f"arn:aws:iam::{ACCOUNT}:role/none"

    def take() -> Any:
        return sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="job", WebIdentityToken="four little words"
        )

    assert provider
    assert outcome(take) == "InvalidIdentityToken"
