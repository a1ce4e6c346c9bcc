"""A secret reaches the process and nothing else: no state, no plan, no task definition, no output."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from local_agent.container_secrets import SecretError, resolve

Terraform = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN, PASSWORD = "canary-token-7f3a", "canary-password-91bc"
ROTATED = "canary-rotated-55d0"
# What the service's task needs, without the service.
TARGETS = ["-target=module.worker.module.service.aws_ecs_task_definition.this"]
SECRET_NAME = re.compile(r"PASSW(OR)?D|TOKEN|KEY|SECRET|CREDENTIAL")


@dataclass
class Applied:
    """The root of secret_root/, applied, and everything that Terraform wrote and said on the way."""

    terraform: Callable[..., str]
    written: dict[str, str]
    env: dict[str, str]

    def client(self, service: str, role: str | None = None) -> Any:
        """A client of the account's root, or of a role."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if role:
            arn = f"arn:aws:iam::123456789012:role/{role}"
            taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
            keys = {
                "aws_access_key_id": taken["AccessKeyId"],
                "aws_secret_access_key": taken["SecretAccessKey"],
                "aws_session_token": taken["SessionToken"],
            }
        make: Any = boto3.client
        return make(
            service, endpoint_url=self.env["AWS_ENDPOINT_URL"], region_name=self.env["AWS_REGION"], **keys
        )

    def container(self) -> dict[str, Any]:
        """The container as ECS knows it."""
        described = self.client("ecs").describe_task_definition(taskDefinition="shop-dev-worker")
        [container] = described["taskDefinition"]["containerDefinitions"]
        return dict(container)

    def injected(self, role: str) -> dict[str, str]:
        """What a process would be started with, read with a role's credentials as the local agent does."""
        named = {entry["name"]: entry["valueFrom"] for entry in self.container()["secrets"]}
        return resolve(named, lambda service: self.client(service, role))


@pytest.fixture(scope="module")
def applied(infra_copy: Path, terraform: Terraform, empty_account: dict[str, str]) -> Applied:
    root = infra_copy / "envs/secrets"
    shutil.copytree(REPOSITORY / "tests/infra/secret_root", root)
    shutil.copy(REPOSITORY / "infra/envs/dev/.terraform.lock.hcl", root)
    values = {"TF_VAR_token": TOKEN, "TF_VAR_database": json.dumps({"password": PASSWORD})}
    written: dict[str, str] = {}

    def run(*arguments: str, **more: str) -> str:
        done = terraform(root, *arguments, "-no-color", env=empty_account | values | more)
        assert done.returncode == 0, done.stdout + done.stderr
        written[f"terraform {' '.join(arguments)}"] = done.stdout + done.stderr
        return done.stdout

    run("init", "-input=false", "-lockfile=readonly")
    run("plan", "-input=false", *TARGETS, "-out=secrets.tfplan")
    run("show", "-json", "secrets.tfplan")
    run("apply", "-input=false", "secrets.tfplan")
    written["state"] = (root / "terraform.tfstate").read_text()
    return Applied(run, written, empty_account)


def test_a_secret_is_in_no_plan_no_state_and_no_output(applied: Applied) -> None:
    assert len(applied.written) >= 5
    assert "aws_secretsmanager_secret_version" in applied.written["state"]
    for place, text in applied.written.items():
        assert TOKEN not in text, place
        assert PASSWORD not in text, place


def test_the_task_definition_names_secrets_and_holds_none(applied: Applied) -> None:
    container = applied.container()

    assert {entry["name"] for entry in container["secrets"]} == {"API_TOKEN", "DATABASE_PASSWORD"}
    assert TOKEN not in json.dumps(container)
    assert PASSWORD not in json.dumps(container)


def test_the_execution_role_reads_them_and_the_task_role_may_not(applied: Applied) -> None:
    assert applied.injected("shop-dev-worker-execution") == {
        "API_TOKEN": TOKEN,
        "DATABASE_PASSWORD": PASSWORD,
    }

    with pytest.raises(SecretError, match="AccessDenied"):
        applied.injected("shop-dev-worker-task")


def test_the_execution_role_reads_no_other_secret(applied: Applied) -> None:
    root = applied.client("secretsmanager")
    other = root.create_secret(Name="shop-dev/other", SecretString="x")["ARN"]
    applied.client("ssm").put_parameter(Name="/shop-dev/other", Value="x", Type="SecureString")
    reader = "shop-dev-worker-execution"

    with pytest.raises(ClientError, match="AccessDenied"):
        applied.client("secretsmanager", reader).get_secret_value(SecretId=other)
    with pytest.raises(ClientError, match="AccessDenied"):
        applied.client("ssm", reader).get_parameters(Names=["/shop-dev/other"])


def test_a_new_value_is_written_with_a_new_version_only(applied: Applied) -> None:
    new = {"TF_VAR_token": ROTATED}
    before = applied.terraform("plan", "-input=false", "-detailed-exitcode", *TARGETS, **new)
    assert "No changes" in before

    applied.terraform("apply", "-input=false", "-auto-approve", "-var=value_version=2", *TARGETS, **new)

    assert applied.injected("shop-dev-worker-execution")["API_TOKEN"] == ROTATED
    assert not [place for place, text in applied.written.items() if ROTATED in text]


@pytest.mark.parametrize("root", ["dev", "staging", "prod"])
def test_no_root_puts_what_looks_like_a_secret_into_a_plain_environment(
    root: str, plans: Mapping[str, dict[str, Any]]
) -> None:
    names = {
        entry["name"]
        for change in plans[root]["resource_changes"]
        if change["type"] == "aws_ecs_task_definition"
        for container in json.loads(change["change"]["after"]["container_definitions"])
        for entry in container["environment"]
    }

    assert "QUEUE_URL" in names
    assert [name for name in names if SECRET_NAME.search(name)] == []
