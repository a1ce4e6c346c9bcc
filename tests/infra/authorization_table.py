"""What roles need and what they may do, as sets of grants: recorded calls through AWS's table, and policies.

The table and the calls are in policies/authorization. Nothing here asks the embedded AWS what it would judge.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "policies/authorization"
SERVICES = ("main-job", "background-job")
# Recorded calls of an execution role stand under this name.
EXECUTION = "-execution"


@dataclass(frozen=True, order=True)
class Grant:
    """An action on a resource, a pattern in policies; `via`: the service through which a key is used."""

    action: str
    resource: str
    via: str = ""

    def covers(self, needed: "Grant") -> bool:
        """Whether what is needed is within this."""
        return (
            fnmatchcase(needed.action, self.action)
            and fnmatchcase(needed.resource, self.resource)
            and self.via in ("", needed.via)
        )

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}" + (f" through {self.via}" if self.via else "")


@dataclass(frozen=True)
class Place:
    """An environment: what the placeholders stand for."""

    prefix: str
    account: str
    region: str
    key_arn: str

    def fill(self, text: str) -> str:
        """A recorded resource, here."""
        project = self.prefix.rpartition("-")[0]
        return text.format(prefix=self.prefix, project=project, account=self.account, region=self.region)

    def empty(self, arn: str) -> str:
        """The other way: an ARN with placeholders, and `*` for names that differ from call to call."""
        for value, name in ((self.prefix, "prefix"), (self.account, "account"), (self.region, "region")):
            arn = arn.replace(value, f"{{{name}}}")
        for kind in (":log-stream:", ":task/{prefix}-cluster/", "-results-{account}/"):
            before, found, _ = arn.partition(kind)
            arn = f"{before}{kind}*" if found else arn
        return arn


def recorded() -> dict[str, list[dict[str, str]]]:
    """The recorded calls, by service or `<service>-execution`."""
    calls: dict[str, list[dict[str, str]]] = json.loads((FOLDER / "service_calls.json").read_text())
    return calls


def table() -> dict[str, Any]:
    """What AWS authorizes, by operation."""
    operations: dict[str, Any] = yaml.safe_load((FOLDER / "actions.yaml").read_text())
    return operations


def exceptions(who: str, place: Place) -> set[Grant]:
    """What a role may do although no recorded call needs it, with a reason in exceptions.yaml."""
    listed = yaml.safe_load((FOLDER / "exceptions.yaml").read_text())
    return {
        Grant(action, place.fill(entry["resource"]))
        for entry in listed
        if who in entry["roles"]
        for action in entry["actions"]
    }


def needed(who: str, place: Place, calls: dict[str, list[dict[str, str]]]) -> dict[Grant, str]:
    """What a role needs => the operation that needs it. Fails on an operation that the table lacks."""
    operations, found = table(), {}
    for call in calls[who]:
        operation, resource = call["operation"], place.fill(call["resource"])
        assert operation in operations, (
            f"{who} calls {operation}, which policies/authorization/actions.yaml does not have: add what AWS "
            "authorizes for it, from the Service Authorization Reference"
        )
        for each in operations[operation]["actions"]:
            found[Grant(each["action"], resource)] = operation
        for each in operations[operation]["encryption"]:
            found[Grant(each["action"], place.key_arn, each["via"])] = operation
    return found


def granted(documents: Iterable[Any]) -> set[Grant]:
    """All that the statements allow. Fails on what it cannot read."""
    return {
        grant for document in documents for each in listed(document["Statement"]) for grant in _grants(each)
    }


def _grants(statement: dict[str, Any]) -> set[Grant]:
    known = {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert set(statement) <= known and statement["Effect"] == "Allow", f"No plain Allow: {statement}"
    services = [""]
    for test, keys in statement.get("Condition", {}).items():
        assert (test, set(keys)) == ("StringEquals", {"kms:ViaService"}), f"An unknown condition: {statement}"
        services = [value.partition(".")[0] for value in listed(keys["kms:ViaService"])]
    return {
        Grant(action, resource, service)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        for service in services
    }


def listed(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]


def problems(who: str, needs: dict[Grant, str], grants: set[Grant], excepted: set[Grant]) -> list[str]:
    """One sentence for each grant that is missing, that is unused, and that is explained in vain."""
    service = who.removesuffix(EXECUTION).replace("-", "_")
    role = "execution role" if who.endswith(EXECUTION) else "task role"
    where = (
        f"`permissions` of module {service} in infra/modules/stack/jobs.tf, "
        "or infra/modules/worker_service/main.tf"
    )
    missing = {need for need in needs if not any(grant.covers(need) for grant in grants)}
    unused = {grant for grant in grants if not any(grant.covers(need) for need in needs)}
    return sorted(
        [f"{who} calls {needs[need]}, but its {role} lacks {need}: add it in {where}" for need in missing]
        + [
            f"The {role} of {who} has {grant}, which no recorded call needs: take it away in {where}, "
            "or explain it in policies/authorization/exceptions.yaml"
            for grant in unused - excepted
        ]
        + [
            f"policies/authorization/exceptions.yaml explains {grant} of {who}, which is "
            f"{'needed' if grant in grants else 'not granted'}: delete the entry"
            for grant in excepted - unused
        ]
    )
