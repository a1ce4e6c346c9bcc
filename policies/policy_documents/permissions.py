"""What calls need and what roles grant, in one form, so that the two can be compared as sets."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from policy_documents.plan import Json, Plan, Resource, Unknown

_AUTHORIZATION = Path(__file__).resolve().parents[1] / "authorization"
# KMS draws the ids of keys, so the environment's own key is called this, whatever its ARN.
KEY = "key"


class Permission(NamedTuple):
    """An action on a resource; `via` is the AWS service through which a key is used."""

    action: str
    resource: str
    via: str | None = None

    def __str__(self) -> str:
        what = "the environment's key" if self.resource == KEY else self.resource
        return f"{self.action} on {what}" + (f" through {self.via}" if self.via else "")


@dataclass(frozen=True)
class Place:
    """What the placeholders of the recorded calls stand for."""

    prefix: str
    account: str
    region: str

    def resource(self, template: str) -> str:
        """A recorded resource, here. A log group's ARN with `:*` is that of its streams."""
        text = template.format(prefix=self.prefix, account=self.account, region=self.region)
        return text.replace(":log-stream:*", ":*")


def needed_by(service: str, place: Place) -> set[Permission]:
    """What the recorded calls of a service need. Raises Unknown for an operation not in actions.yaml."""
    needed = set()
    for call in _recorded().get(service, []):
        operation = _actions().get(call["operation"])
        if operation is None:
            raise Unknown(f"policies/authorization/actions.yaml does not say what {call['operation']} needs")
        for item in operation["actions"]:
            needed.add(Permission(item["action"], place.resource(call["resource"])))
        for item in operation["encryption"]:
            needed.add(Permission(item["action"], KEY, item["via"]))
    return needed


def needed_by_exec(place: Place) -> set[Permission]:
    """What ECS Exec needs."""
    entries = yaml.safe_load((_AUTHORIZATION / "ecs_exec.yaml").read_text())
    return {Permission(entry["action"], place.resource(entry["resource"])) for entry in entries}


def granted_to(role: Resource, plan: Plan) -> set[Permission]:
    """What a role's own policies grant. Raises Unknown for all that is not a plain statement of the plan."""
    for attribute in ("inline_policy", "managed_policy_arns"):
        if role.expression(attribute):
            raise Unknown(f"{role.address} sets {attribute}; use aws_iam_role_policy, which can be judged")
    for attachment in plan.of_type("aws_iam_role_policy_attachment", "aws_iam_policy_attachment"):
        if role.values["name"] in [attachment.values.get("role"), *(attachment.values.get("roles") or [])]:
            raise Unknown(f"{attachment.address} attaches a policy whose content is not in the plan")
    policies = [item for item in plan.of_type("aws_iam_role_policy") if _is_of(item, role, plan)]
    return {permission for policy in policies for permission in _grants(policy, plan)}


def _is_of(policy: Resource, role: Resource, plan: Plan) -> bool:
    if policy.unknown.get("role"):
        return role in plan.referred(policy, "role")
    return bool(policy.values.get("role") == role.values["name"])


def _grants(policy: Resource, plan: Plan) -> set[Permission]:
    if not policy.unknown.get("policy"):
        statements = policy.document("policy")["Statement"]
        return {grant for item in statements for grant in _of_statement(_from_json(item, plan), policy)}
    documents = plan.referred(policy, "policy")
    if [document.type for document in documents] != ["aws_iam_policy_document"]:
        raise Unknown(f"policy of {policy.address} is known after the apply only")
    (document,) = documents
    if any(document.values.get(key) for key in ("source_policy_documents", "override_policy_documents")):
        raise Unknown(f"{document.address} is made of other documents")
    statements = [_from_block(block, document, plan) for block in document.values.get("statement") or []]
    return {grant for item in statements for grant in _of_statement(item, policy)}


def _of_statement(statement: Json, policy: Resource) -> set[Permission]:
    """Each action with each resource and service; anything but a plain Allow is not judged."""
    where = f"statement {statement['sid']} of {policy.address}"
    if statement["effect"] != "Allow" or statement["negated"]:
        raise Unknown(f"{where} is not a plain Allow of actions on resources")
    services: list[str | None] = [None]
    for test, variable, values in statement["conditions"]:
        if (test, variable) != ("StringEquals", "kms:ViaService"):
            raise Unknown(f"{where} has a condition on {variable}, which is not judged")
        services = [value.partition(".")[0] for value in values]
    return {
        Permission(action, resource.replace(":log-stream:*", ":*"), service)
        for action in statement["actions"]
        for resource in statement["resources"]
        for service in services
    }


def _from_json(item: Json, plan: Plan) -> Json:
    keys = {key.values.get("arn") for key in plan.of_type("aws_kms_key")} - {None}
    return {
        "sid": item.get("Sid"),
        "effect": item.get("Effect"),
        "negated": any(key.startswith("Not") for key in item),
        "actions": _listed(item.get("Action")),
        "resources": [KEY if arn in keys else arn for arn in _listed(item.get("Resource"))],
        "conditions": [
            (test, variable, _listed(values))
            for test, variables in (item.get("Condition") or {}).items()
            for variable, values in variables.items()
        ],
    }


def _from_block(block: Json, document: Resource, plan: Plan) -> Json:
    return {
        "sid": block.get("sid"),
        "effect": block.get("effect") or "Allow",
        "negated": bool(block.get("not_actions") or block.get("not_resources")),
        "actions": block.get("actions") or [],
        "resources": [
            _later_resource(block, document, plan) if arn is None else arn
            for arn in block.get("resources") or []
        ],
        "conditions": [
            (item["test"], item["variable"], item["values"]) for item in block.get("condition") or []
        ],
    }


def _later_resource(block: Json, document: Resource, plan: Plan) -> str:
    """A resource that is known after the apply only: by what the code refers to it must be the one key."""
    code = [
        item
        for item in document.expression("statement") or []
        if item.get("sid", {}).get("constant_value") == block.get("sid")
    ]
    references = code[0].get("resources", {}).get("references", []) if len(code) == 1 else []
    keys = plan.followed(document, references)
    if not keys or {key.type for key in keys} != {"aws_kms_key"}:
        raise Unknown(f"resources of statement {block.get('sid')} in {document.address} are not in the plan")
    return KEY


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


@lru_cache
def _recorded() -> dict[str, list[dict[str, str]]]:
    recorded: dict[str, list[dict[str, str]]] = json.loads(
        (_AUTHORIZATION / "service_calls.json").read_text()
    )
    return recorded


@lru_cache
def _actions() -> dict[str, Json]:
    actions: dict[str, Json] = yaml.safe_load((_AUTHORIZATION / "actions.yaml").read_text())
    return actions
