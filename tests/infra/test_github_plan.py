"""The plan role plans the applied root dev, and writes nothing. Needs the local stack, which enforces IAM."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from botocore.exceptions import ClientError
from github_jobs import PROJECT, REPOSITORY, client

pytestmark = pytest.mark.stack

NO_CHANGES = 0
POLICIES = ("read", "limits")
ROLE = f"{PROJECT}-github-plan"
BY_ANYBODY_HERE = json.dumps({"Version": "2012-10-17", "Statement": []})


class Stack(Protocol):
    """What these tests need of the local stack."""

    @property
    def env(self) -> dict[str, str]:
        """The variables that reach the stack."""

    def terraform(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform in an applied root."""


@pytest.fixture
def planner(stack: Stack, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The stack's variables for a job with the plan role, made here with its planned policies."""
    documents = _planned_policies(stack, str(tmp_path / "access.tfplan"))
    iam = client(stack.env, "iam")
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=BY_ANYBODY_HERE)["Role"]["Arn"]
    try:
        for name in POLICIES:
            iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=documents[name])
        keys = client(stack.env, "sts").assume_role(RoleArn=role, RoleSessionName="job")["Credentials"]
        yield stack.env | {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
    finally:
        for name in POLICIES:
            iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
        iam.delete_role(RoleName=ROLE)


def _planned_policies(stack: Stack, file: str) -> dict[str, str]:
    """The policies of GitHub's access by their short names; the stack itself is applied without any."""
    options = ["-input=false", "-no-color", "-lock=false", f"-var=github={json.dumps(REPOSITORY)}"]
    planned = stack.terraform("shared", "plan", *options, f"-out={file}")
    assert planned.returncode == 0, planned.stderr
    shown = json.loads(stack.terraform("shared", "show", "-json", file).stdout)
    policies = [
        change["change"]["after"]
        for change in shown["resource_changes"]
        if change["type"] == "aws_iam_policy"
    ]
    return {policy["name"].removeprefix(f"{PROJECT}-github-"): policy["policy"] for policy in policies}


def test_the_plan_role_plans_and_writes_nothing(
    stack: Stack, planner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setitem(stack.env, name, planner[name])
    plan = ["plan", "-detailed-exitcode", "-input=false", "-no-color"]

    planned = stack.terraform("dev", *plan, "-lock=false")
    locked = stack.terraform("dev", *plan)

    assert planned.returncode == NO_CHANGES, planned.stdout + planned.stderr
    # With its lock it would write beside the state.
    assert "AccessDenied" in locked.stderr
    with pytest.raises(ClientError, match="AccessDenied"):
        client(planner, "s3").put_object(
            Bucket=f"{PROJECT}-state-123456789012", Key="dev/terraform.tfstate", Body=b""
        )
