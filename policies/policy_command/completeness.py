"""Whether everything was looked at: a check that did not run has not passed."""

import re
from pathlib import Path

from policy_command.scanning import POLICIES, Record, Scan

_KINDS = re.compile(r"^    resource_types = \(([^)]*)\)", re.MULTILINE)
_ID = re.compile(r"""^\s*id(?: =|:) ["']?(CKV2?_JOBS_\d+)""", re.MULTILINE)
# Has a verdict for each plan; the others only where there is something to judge.
OF_EVERY_PLAN = "CKV_JOBS_9"


def our_ids(folder: str) -> set[str]:
    """The ids of our own policies on `plan` or `workflows`, read from their files and not from checkov."""
    files = [*(POLICIES / "checks" / folder).glob("*.py"), *(POLICIES / "checks" / folder).glob("*.yaml")]
    return {found for file in files for found in _ID.findall(file.read_text())}


def not_loaded(scan: Scan, folder: str) -> list[str]:
    """What checkov complained of, and policies of ours that it did not load."""
    missing = sorted(our_ids(folder) - scan.loaded)
    return [
        *(f"checkov says: {text}" for text in scan.complaints),
        *(f"{name} was not loaded" for name in missing),
    ]


def not_judged(records: list[Record], code: Path) -> list[str]:
    """Workflows and Dockerfiles without a verdict: checkov passes over what it does not take for one."""
    judged = {record.file for record in records if record.framework in {"dockerfile", "github_actions"}}
    files = [*code.rglob("Dockerfile*"), *code.glob(".github/workflows/*.y*ml")]
    names = sorted(str(file.relative_to(code)) for file in files)
    return [f"{name} was not judged: checkov does not read it" for name in names if name not in judged]


def never_judged(records: list[Record], folder: str) -> list[str]:
    """Policies of ours without a single verdict in a run that should have one for each."""
    judged = {record.check_id for record in records}
    return [f"{name} judged nothing" for name in sorted(our_ids(folder) - judged)]


def not_applied(records: list[Record], planned_types: set[str]) -> list[str]:
    """Policies on plans that have no verdict, though the plans hold what they are for.

    A policy on a whole plan is for every plan; one on databases has nothing to say where no root has one.
    """
    return [name for name in never_judged(records, "plan") if _kinds(name.split()[0]) & planned_types]


def _kinds(policy: str) -> set[str]:
    """The types that a policy is for, read from its file; `*`, for every plan, where it names none."""
    for file in (POLICIES / "checks/plan").glob("*.py"):
        text = file.read_text()
        if policy in _ID.findall(text):
            return {kind for types in _KINDS.findall(text) for kind in re.findall(r'"(\w+)"', types)} or {"*"}
    return {"*"}
