"""Which job of GitHub may take which role, and what it may then do: tried out where IAM is enforced."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deployment.target import choose_target
from embedded_account import embedded_account
from github_deeds import BY_ECS, DEV, EVERYTHING, STAGING, STATES, deeds, is_allowed
from github_jobs import (
    ACCOUNT,
    MAIN,
    NAMES,
    PROJECT,
    REGION,
    TERRAFORM_VARIABLE,
    WITH_IDS,
    client,
    may_take,
    take,
)

Terraform = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]

ROOTS, ENVIRONMENTS = ("shared", "dev", "staging", "prod"), ("dev", "staging", "prod")
ROLES = [
    *("plan", "publish"),
    *(f"apply-{root}" for root in ROOTS),
    *(f"load-{environment}" for environment in ENVIRONMENTS),
]
# What IAM takes, whitespace not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
MANAGED_POLICY_CHARACTERS, TRUST_CHARACTERS, POLICIES_OF_A_ROLE = 6144, 2048, 10


@pytest.fixture(scope="module")
def account(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An account with GitHub's access applied, and something of two environments to reach for."""
    copy = shutil.copytree(REPOSITORY / "infra", tmp_path_factory.mktemp("access") / "infra")
    root = copy / "envs/shared"
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    apply = ["apply", "-auto-approve", "-target=module.github_access"]
    with embedded_account() as env:
        for arguments in (["init", "-lockfile=readonly"], apply):
            done = terraform(root, *arguments, "-input=false", "-no-color", env=env | TERRAFORM_VARIABLE)
            assert done.returncode == 0, done.stderr
        _fill(env)
        yield env


def _fill(env: dict[str, str]) -> None:
    s3, sqs = client(env, "s3"), client(env, "sqs")
    for bucket in (STATES, f"{DEV}-results-{ACCOUNT}"):
        s3.create_bucket(Bucket=bucket)
    states = [
        f"{root}/{name}" for root in ("dev", "staging") for name in ("terraform.tfstate", "release.json")
    ]
    for name in [*states, "notes.txt"]:
        s3.put_object(Bucket=STATES, Key=name, Body=b"{}")
    s3.put_object(Bucket=f"{DEV}-results-{ACCOUNT}", Key="job/1", Body=b"{}")
    client(env, "secretsmanager").create_secret(Name=f"{DEV}/database", SecretString="x")
    for prefix in (DEV, STAGING):
        for queue in ("background-jobs", "background-jobs-dlq"):
            sqs.create_queue(QueueName=f"{prefix}-{queue}")
        key = {"KmsMasterKeyId": _key_of(env, prefix)}
        sqs.create_queue(QueueName=f"{prefix}-main-job-triggers", Attributes=key)
        client(env, "logs").create_log_group(logGroupName=f"/ecs/{prefix}/main-job")
        client(env, "ssm").put_parameter(Name=f"/{prefix}/token", Value="x", Type="SecureString")


def _key_of(env: dict[str, str], prefix: str) -> str:
    tags = {"Project": PROJECT, "Environment": prefix.rpartition("-")[2]}
    made = client(env, "kms").create_key(
        Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    )
    return str(made["KeyMetadata"]["KeyId"])


REPOSITORY_ON_MAIN = {"plan", "publish"}
JOBS: list[tuple[str, dict[str, str], set[str]]] = [
    ("a pull request, older subject", {"sub": f"{NAMES}:pull_request", "ref": "refs/pull/7/merge"}, {"plan"}),
    (
        "a pull request, subject with ids",
        {"sub": f"{WITH_IDS}:pull_request", "ref": "refs/pull/7/merge"},
        {"plan"},
    ),
    ("main, older subject", {"sub": f"{NAMES}:ref:{MAIN}", "ref": MAIN}, REPOSITORY_ON_MAIN),
    ("main, subject with ids", {"sub": f"{WITH_IDS}:ref:{MAIN}", "ref": MAIN}, REPOSITORY_ON_MAIN),
    ("dev from main, older subject", {"sub": f"{NAMES}:environment:dev", "ref": MAIN}, {"apply-dev"}),
    ("dev from main, subject with ids", {"sub": f"{WITH_IDS}:environment:dev", "ref": MAIN}, {"apply-dev"}),
    ("staging from main", {"sub": f"{WITH_IDS}:environment:staging", "ref": MAIN}, {"apply-staging"}),
    ("prod from main", {"sub": f"{WITH_IDS}:environment:prod", "ref": MAIN}, {"apply-prod"}),
    ("shared from main", {"sub": f"{WITH_IDS}:environment:shared", "ref": MAIN}, {"apply-shared"}),
    ("a load test of dev from main", {"sub": f"{NAMES}:environment:dev-load", "ref": MAIN}, {"load-dev"}),
    ("a load test of prod", {"sub": f"{WITH_IDS}:environment:prod-load", "ref": MAIN}, {"load-prod"}),
    (
        "a load test of dev by a branch",
        {"sub": f"{WITH_IDS}:environment:dev-load", "ref": "refs/heads/mine"},
        set(),
    ),
    ("the approval of prod", {"sub": f"{WITH_IDS}:environment:prod-approval", "ref": MAIN}, set()),
    (
        "a load test of a fork",
        {"sub": "repo:somebody/jobs:environment:dev-load", "ref": MAIN, "repository_id": "5"},
        set(),
    ),
    ("prod from a branch", {"sub": f"{WITH_IDS}:environment:prod", "ref": "refs/heads/mine"}, set()),
    ("prod from a tag named main", {"sub": f"{WITH_IDS}:environment:prod", "ref": "refs/tags/main"}, set()),
    (
        "prod from a pull request",
        {"sub": f"{WITH_IDS}:environment:prod", "ref": "refs/pull/7/merge"},
        set(),
    ),
    ("prod from nowhere", {"sub": f"{WITH_IDS}:environment:prod"}, set()),
    ("another environment", {"sub": f"{WITH_IDS}:environment:prod2", "ref": MAIN}, set()),
    ("an environment in capitals", {"sub": f"{WITH_IDS}:environment:Prod", "ref": MAIN}, set()),
    (
        "another branch",
        {"sub": f"{WITH_IDS}:ref:refs/heads/mine", "ref": "refs/heads/mine"},
        set(),
    ),
    (
        "a branch that begins with main",
        {"sub": f"{WITH_IDS}:ref:{MAIN}-2", "ref": f"{MAIN}-2"},
        set(),
    ),
    ("a tag named main", {"sub": f"{WITH_IDS}:ref:refs/tags/main", "ref": "refs/tags/main"}, set()),
    (
        "the merge queue",
        {"sub": f"{WITH_IDS}:ref:refs/heads/gh-readonly-queue/main/pr-7", "ref": "refs/heads/gh-readonly"},
        set(),
    ),
    # AWS's condition keys cannot tell pull_request_target from the event whose subject it carries: the checks
    # of workflows refuse it. This is its subject if GitHub counts it as a pull request.
    ("pull_request_target", {"sub": f"{WITH_IDS}:pull_request", "ref": MAIN}, {"plan"}),
    ("a fork", {"sub": f"repo:somebody/jobs:ref:{MAIN}", "ref": MAIN, "repository_id": "5"}, set()),
    (
        "a fork's pull request",
        {"sub": "repo:somebody/jobs:pull_request", "repository_id": "5"},
        set(),
    ),
    (
        "another repository of the owner",
        {"sub": f"repo:example-org@4211/web@5:ref:{MAIN}", "ref": MAIN, "repository_id": "5"},
        set(),
    ),
    (
        "a name that begins the same",
        {"sub": f"{NAMES}2:ref:{MAIN}", "ref": MAIN, "repository_id": "5"},
        set(),
    ),
    (
        "an owner that ends the same",
        {"sub": f"repo:an-example-org/jobs:ref:{MAIN}", "ref": MAIN, "repository_id": "5"},
        set(),
    ),
    (
        "somebody who took the given-up names",
        {"sub": f"{NAMES}:environment:prod", "ref": MAIN, "repository_id": "5"},
        set(),
    ),
    (
        "the given-up names with new ids",
        {"sub": f"repo:example-org@66/jobs@77:ref:{MAIN}", "ref": MAIN, "repository_id": "77"},
        set(),
    ),
    ("another audience", {"sub": f"{WITH_IDS}:ref:{MAIN}", "ref": MAIN, "aud": "https://example.com"}, set()),
    (
        "another issuer",
        {"sub": f"{WITH_IDS}:ref:{MAIN}", "ref": MAIN, "iss": "https://gitlab.example.com"},
        set(),
    ),
    ("a subject with a wildcard", {"sub": f"{WITH_IDS}:*", "ref": MAIN}, set()),
]


@pytest.mark.parametrize(("claims", "expected"), [job[1:] for job in JOBS], ids=[job[0] for job in JOBS])
def test_a_job_may_take_exactly_these_roles(
    account: dict[str, str], claims: dict[str, str], expected: set[str]
) -> None:
    assert {role for role in ROLES if may_take(account, role, **claims)} == expected


def job(account: dict[str, str], role: str) -> dict[str, str]:
    """The environment of a job that rightly took the role."""
    purpose, _, root = role.partition("-")
    places = {"apply": f"environment:{root}", "load": f"environment:{root}-load"}
    return take(account, role, sub=f"{WITH_IDS}:{places.get(purpose, f'ref:{MAIN}')}", ref=MAIN)


READING = {
    *("read dev's state", "read staging's state", "look at dev's queue", "look at roles"),
    *("see what dev runs", "see what staging runs"),
    *(f"count {name}'s dead letters" for name in ("dev", "staging")),
    *(f"count {name}'s tasks" for name in ("dev", "staging")),
    *(f"see {name}'s task definition" for name in ("dev", "staging")),
    *("log in to the registry", "look up an image", "see what an image is made of"),
}
PUBLISHING = {
    *("log in to the registry", "look up an image", "see what an image is made of"),
    *("begin to push a layer", "push an image"),
}


def trying(name: str) -> set[str]:
    """What a deployer does with its own environment after an apply."""
    return {
        *(f"send {name} a trigger", f"send {name} ten triggers"),
        f"see the state of {name}'s job",
        f"list {name}'s tasks",
        f"see why {name}'s task stopped",
        f"write down what {name} runs",
    }


def loading(name: str) -> set[str]:
    """What a load test does with its own environment, and the task definitions, which AWS has no ARN for."""
    return {
        *(f"send {name} a trigger", f"send {name} ten triggers", f"count {name}'s dead letters"),
        *(f"see the times of {name}'s jobs", f"count {name}'s tasks"),
        *("see dev's task definition", "see staging's task definition"),
    }


MAY = {
    "plan": READING,
    "publish": PUBLISHING,
    "apply-shared": READING | {"change a repository"},
    "apply-dev": READING
    | {
        "write dev's state",
        "lock dev's state",
        "change dev's queue",
        "delete dev's queue",
        "scale dev",
    }
    | {"make a bounded role for dev", "run dev's task as dev's role", "make dev's alarm"}
    | trying("dev"),
    "apply-staging": READING
    | {"change staging's queue", "make staging's alarm", "scale staging"}
    | trying("staging"),
    "apply-prod": READING,
    "load-dev": loading("dev") | {"look at dev's queue"},
    "load-staging": loading("staging"),
    # Task definitions have no name in AWS's rules: a setting is seen, nothing is changed.
    "load-prod": {"see dev's task definition", "see staging's task definition"},
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_its_work_and_nothing_else(account: dict[str, str], role: str) -> None:
    allowed = {name for name, deed in deeds(job(account, role)).items() if is_allowed(deed)}

    assert allowed == MAY[role]


def test_a_load_test_finds_its_environment_without_reading_the_state(
    account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        for name, value in job(account, "load-staging").items():
            patched.setenv(name, value)
        target = choose_target(None, None, "staging")
        queue = target.outputs["sqs_main_job_triggers_queue_url"]

        target.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")

    assert queue == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{STAGING}-main-job-triggers"


def test_a_role_made_by_a_job_can_do_no_more_than_the_boundary(account: dict[str, str]) -> None:
    """The way up that boundaries close: a role of one's own with a policy for everything."""
    iam, name = client(job(account, "apply-dev"), "iam"), f"{DEV}-rogue-task"
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/{DEV}-boundary"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=BY_ECS, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
    taken = client(account, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="task"
    )["Credentials"]
    task = account | {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }

    allowed = {name for name, deed in deeds(task).items() if is_allowed(deed)}

    # All of it dev's own: what dev's tasks are there for.
    assert allowed == {
        "read a result", "look at dev's queue", "receive dev's messages", "send messages", "read a secret",
        "read the ledger", "log in to the registry", "send dev a trigger", "receive dev's triggers",
        "see what an image is made of", "pull a layer of an image",
        "see all of dev's job", "see the state of dev's job", "see something else of dev's job",
        "send dev ten triggers", "send dev a job", "count dev's dead letters",
        "see all of dev's jobs", "see the times of dev's jobs", "see the results of dev's jobs",
    }  # fmt: skip


def test_no_key_or_network_of_another_environment_can_be_taken_over(account: dict[str, str]) -> None:
    kms, ec2 = client(account, "kms"), client(account, "ec2")
    key = kms.create_key(Tags=[{"TagKey": "Environment", "TagValue": "staging"}])["KeyMetadata"]["KeyId"]
    tags = [{"Key": "Environment", "Value": "staging"}, {"Key": "Project", "Value": PROJECT}]
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])[
        "Vpc"
    ]["VpcId"]
    env = job(account, "apply-dev")
    own = {"Environment": "dev", "Project": PROJECT}
    as_key_tags = [{"TagKey": name, "TagValue": value} for name, value in own.items()]
    as_tags = [{"Key": name, "Value": value} for name, value in own.items()]

    assert not is_allowed(partial(client(env, "kms").tag_resource, KeyId=key, Tags=as_key_tags))
    assert not is_allowed(partial(client(env, "kms").schedule_key_deletion, KeyId=key))
    assert not is_allowed(partial(client(env, "kms").decrypt, CiphertextBlob=b"x", KeyId=key))
    assert not is_allowed(partial(client(env, "ec2").create_tags, Resources=[vpc], Tags=as_tags))
    assert not is_allowed(partial(client(env, "ec2").delete_vpc, VpcId=vpc))


def test_documents_fit_what_iam_takes(account: dict[str, str]) -> None:
    iam = client(account, "iam")
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        assert _characters(version["PolicyVersion"]["Document"]) <= MANAGED_POLICY_CHARACTERS, policy["Arn"]
    for name in ROLES:
        role = iam.get_role(RoleName=f"{PROJECT}-github-{name}")["Role"]
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert _characters(role["AssumeRolePolicyDocument"]) <= TRUST_CHARACTERS
        root = name.rpartition("-")[2]
        own = f"-{root}" if root in ENVIRONMENTS else ""
        assert f"{PROJECT}-github-limits{own}" in {each["PolicyName"] for each in attached}
        assert len(attached) <= POLICIES_OF_A_ROLE


def test_trust_compares_whole_values(account: dict[str, str]) -> None:
    for name in ROLES:
        role = client(account, "iam").get_role(RoleName=f"{PROJECT}-github-{name}")["Role"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert set(statement["Condition"]) == {"StringEquals"}, name
        assert not re.search(r"[*?]", json.dumps(statement)), name


def _characters(document: Any) -> int:
    return len(re.sub(r"\s", "", json.dumps(document)))
