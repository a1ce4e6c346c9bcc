"""Who the queues and their key admit by policy, as dev's plan has it: the exact principals and actions."""

import json
import subprocess
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from authorization_table import listed
from deployment.product import product

REGION = product().aws_region
PREFIX = f"{product().project_name}-dev"
ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}"
MAIN_JOB = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-main-job-task"
BACKGROUND_JOB = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-background-job-task"
# An operator, a scheduler's role, and a producer of another account.
PRODUCERS = [
    f"arn:aws:iam::{ACCOUNT}:user/operator",
    f"arn:aws:iam::{ACCOUNT}:role/scheduler",
    "arn:aws:iam::444455556666:role/producer",
]
CONSUME = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
SEND = ["sqs:SendMessage"]

# GitHub's job that deploys dev sends a synthetic trigger, the one that tests its load sends many.
GITHUB = [
    f"arn:aws:iam::{ACCOUNT}:role/{product().project_name}-github-{purpose}-dev"
    for purpose in ("apply", "load")
]

# (principals, actions): what a policy allows.
Grants = list[tuple[list[str], list[str]]]
ADMITTED: dict[str, Grants] = {
    "main-job-triggers": [([MAIN_JOB], CONSUME), ([*PRODUCERS, *GITHUB], SEND)],
    "main-job-triggers-dlq": [([MAIN_JOB], SEND)],
    "background-jobs": [([BACKGROUND_JOB], CONSUME), ([MAIN_JOB], SEND)],
    "background-jobs-dlq": [([BACKGROUND_JOB], SEND)],
}


@pytest.fixture(scope="module")
def plan(
    infra_copy: Path,
    terraform: Callable[..., subprocess.CompletedProcess[str]],
    empty_account: dict[str, str],
) -> dict[str, Any]:
    """dev with producers, deployed by GitHub: planned values by address."""
    root = infra_copy / "envs/dev"
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    producers = f"-var=trigger_producer_arns={json.dumps(PRODUCERS)}"
    for arguments in (
        ["init", "-lockfile=readonly"],
        ["plan", "-out=producers.tfplan", "-var=deployed_by_github=true", producers],
    ):
        done = terraform(root, *arguments, "-input=false", "-no-color", env=empty_account)
        assert done.returncode == 0, done.stderr
    shown = json.loads(terraform(root, "show", "-json", "producers.tfplan", env=empty_account).stdout)
    return {change["address"]: change["change"]["after"] for change in shown["resource_changes"]}


@pytest.fixture(scope="module")
def policies(plan: dict[str, Any]) -> dict[str, Any]:
    """Queue => its policy."""
    modules = {"trigger_queue": "main-job-triggers", "background_queue": "background-jobs"}
    kinds = {"this": "", "dead_letter": "-dlq"}
    return {
        f"{queue}{suffix}": json.loads(
            plan[f"module.stack.module.{module}.aws_sqs_queue_policy.{kind}"]["policy"]
        )
        for module, queue in modules.items()
        for kind, suffix in kinds.items()
    }


@pytest.mark.parametrize("queue", ADMITTED)
def test_a_queue_admits_its_roles_and_producers_and_nobody_else(queue: str, policies: dict[str, Any]) -> None:
    allowed = [each for each in policies[queue]["Statement"] if each["Effect"] == "Allow"]

    assert all(set(each) == {"Sid", "Effect", "Principal", "Action", "Resource"} for each in allowed)
    assert all(list(each["Principal"]) == ["AWS"] for each in allowed)
    assert all(each["Resource"] == f"{QUEUE}-{queue}" for each in allowed)
    grants = [(sorted(listed(each["Principal"]["AWS"])), sorted(listed(each["Action"]))) for each in allowed]
    assert sorted(grants) == sorted((sorted(who), sorted(actions)) for who, actions in ADMITTED[queue])


@pytest.mark.parametrize("queue", ADMITTED)
def test_a_queue_denies_plain_http_to_everybody(queue: str, policies: dict[str, Any]) -> None:
    [denied] = [each for each in policies[queue]["Statement"] if each["Effect"] != "Allow"]
    assert denied == {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": f"{QUEUE}-{queue}",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_every_queue_of_the_plan_has_such_a_policy(plan: dict[str, Any], policies: dict[str, Any]) -> None:
    queues = {after["name"] for address, after in plan.items() if ".aws_sqs_queue." in address}
    assert queues == {f"{PREFIX}-{queue}" for queue in policies}


def test_producers_may_use_the_key_through_sqs_and_for_sending_only(plan: dict[str, Any]) -> None:
    key = json.loads(plan["module.stack.module.encryption.aws_kms_key.this"]["policy"])
    naming = [
        each for each in key["Statement"] if set(PRODUCERS) & set(listed(each["Principal"].get("AWS", [])))
    ]
    [statement] = naming
    assert sorted(listed(statement["Principal"]["AWS"])) == sorted([*PRODUCERS, *GITHUB])
    assert sorted(statement["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}}


def test_cloudwatch_logs_uses_the_key_for_the_groups_of_the_plan_only(plan: dict[str, Any]) -> None:
    key = json.loads(plan["module.stack.module.encryption.aws_kms_key.this"]["policy"])
    [statement] = [
        each for each in key["Statement"] if each["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    ]
    patterns = listed(statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])

    def admitted(group: str) -> bool:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
        return any(fnmatchcase(arn, pattern) for pattern in patterns)

    groups = [after["name"] for address, after in plan.items() if ".aws_cloudwatch_log_group." in address]
    assert len(groups) >= 4
    assert all(admitted(group) for group in [*groups, f"/vpc/{PREFIX}"])
    assert not any(admitted(group.replace(PREFIX, f"{PREFIX}2")) for group in groups)


def test_the_roles_that_the_queues_name_are_those_of_the_services(plan: dict[str, Any]) -> None:
    for service, arn in (("main_job", MAIN_JOB), ("background_job", BACKGROUND_JOB)):
        module = f"module.stack.module.{service}.module.service"
        assert plan[f"{module}.aws_ecs_task_definition.this"]["task_role_arn"] == arn
        assert plan[f"{module}.aws_iam_role.task"]["name"] == arn.rpartition("/")[2]
