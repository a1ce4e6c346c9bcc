"""Prod's plan with other task roles than its services need."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from deployment.product import product
from plan_cases import Case

Json = dict[str, Any]
MODULE = "module.stack.module.main_job"
SERVICE = f"{MODULE}.module.service"
TASK = f"{SERVICE}.aws_ecs_task_definition.this"
ROLE = f"{SERVICE}.aws_iam_role.task"
WORK = f'{SERVICE}.aws_iam_role_policy.task["on"]'
KEY_DOCUMENT = f'{SERVICE}.data.aws_iam_policy_document.task_encryption["on"]'


def role_cases(prod: Json) -> Iterator[Case]:
    """Each case changes one thing of the main job's role."""
    small = _of_main_job(prod)
    yield Case("as it is", small, {})
    for name, (change, reason) in _CHANGES.items():
        plan = copy.deepcopy(small)
        change(plan)
        yield Case(name, plan, {TASK: reason} if reason else {})


def _of_main_job(prod: Json) -> Json:
    """What the role's policy reads of prod's plan: checkov is slow on much text."""
    plan = copy.deepcopy(prod)
    (stack,) = plan["planned_values"]["root_module"]["child_modules"]
    kept = (MODULE, "module.stack.module.encryption")
    stack["child_modules"] = [module for module in stack["child_modules"] if module["address"] in kept]
    plan["resource_changes"] = [item for item in plan["resource_changes"] if item["address"].startswith(kept)]
    return {
        key: plan[key] for key in ("planned_values", "resource_changes", "configuration", "terraform_version")
    }


def planned(plan: Json, address: str) -> Json:
    """A resource in a plan's planned values."""
    todo = [plan["planned_values"]["root_module"]]
    while todo:
        module = todo.pop()
        todo += module.get("child_modules", [])
        for item in module.get("resources", []):
            if item["address"] == address:
                found: Json = item
                return found
    raise KeyError(address)


def _statements(change: Callable[[list[Json]], None]) -> Callable[[Json], None]:
    def apply(plan: Json) -> None:
        values = planned(plan, WORK)["values"]
        document = json.loads(values["policy"])
        change(document["Statement"])
        values["policy"] = json.dumps(document)

    return apply


def _key_statements(change: Callable[[list[Json]], None]) -> Callable[[Json], None]:
    return lambda plan: change(planned(plan, KEY_DOCUMENT)["values"]["statement"])


def _add(values: Json, kind: str) -> Callable[[Json], None]:
    """A resource more, beside the role."""

    def apply(plan: Json) -> None:
        item = {"address": f"{MODULE}.{kind}.more", "mode": "managed", "type": kind, "name": "more"}
        plan["planned_values"]["root_module"]["resources"] = [item | {"values": values}]

    return apply


def _allow_exec(plan: Json) -> None:
    planned(plan, f'{SERVICE}.aws_ecs_service.fargate["on"]')["values"]["enable_execute_command"] = True
    _statements(lambda found: found.append(_EXEC))(plan)


_EXEC = {"Sid": "Exec", "Effect": "Allow", "Action": "ssmmessages:OpenDataChannel", "Resource": "*"}
_PURGE = {"Sid": "Purge", "Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*"}
_DENY = {"Sid": "Deny", "Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"}
_ROLE_NAME = f"{product().project_name}-prod-main-job-task"
_CHANGES: dict[str, tuple[Callable[[Json], None], str]] = {
    "a permission more": (_statements(lambda found: found.append(_PURGE)), "grants sqs:PurgeQueue on *"),
    "a permission less": (
        _statements(lambda found: found.clear()),
        "lacks sqs:ReceiveMessage on arn:aws:sqs:",
    ),
    "all actions": (
        _statements(lambda found: found[0].update(Action="sqs:*")),
        "grants sqs:* on arn:aws:sqs:",
    ),
    "all resources": (
        _statements(lambda found: found[0].update(Resource="*")),
        "grants sqs:DeleteMessage on *",
    ),
    "a statement that denies": (_statements(lambda found: found.append(_DENY)), "not proven: statement Deny"),
    "a condition": (
        _statements(lambda found: found[0].update(Condition={"Bool": {"aws:SecureTransport": "true"}})),
        "has a condition on aws:SecureTransport, which is not judged",
    ),
    "all but an action": (
        _statements(
            lambda found: found.append(
                {"Sid": "All", "Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}
            )
        ),
        "not proven: statement All",
    ),
    "the key past the services": (
        _key_statements(lambda found: found[0].update(condition=[])),
        "grants kms:Decrypt on the environment's key, which no recorded call needs",
    ),
    "the key through another service": (
        _key_statements(lambda found: found[0]["condition"][0].update(values=["s3.us-east-1.amazonaws.com"])),
        "lacks kms:Decrypt on the environment's key through sqs",
    ),
    "another key": (
        _key_statements(
            lambda found: found[0].update(resources=["arn:aws:kms:us-east-1:111122223333:key/1"])
        ),
        "grants kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/1 through sqs",
    ),
    "a managed policy": (
        _add(
            {"role": _ROLE_NAME, "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            "aws_iam_role_policy_attachment",
        ),
        "attaches a policy whose content is not in the plan",
    ),
    "a policy of another role": (_add({"role": "other", "policy": "{}"}, "aws_iam_role_policy"), ""),
    "Exec where it is off": (
        _statements(lambda found: found.append(_EXEC)),
        "grants ssmmessages:OpenDataChannel",
    ),
    "Exec where it is on": (_allow_exec, ""),
    "no role in the plan": (
        lambda plan: planned(plan, ROLE)["values"].update(name="other"),
        f"not proven: this plan has no aws_iam_role named {_ROLE_NAME}",
    ),
    "no role": (
        lambda plan: planned(plan, TASK)["values"].update(task_role_arn=None),
        "it has no task role, and calls sqs:",
    ),
}
