"""What people have said may be deleted: `deletions.yaml` in the root's folder, reviewed as all code is."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from policy_documents.plan import Unknown

_KEYS = {"address", "action", "reason", "expires"}


@dataclass(frozen=True)
class Permit:
    """One thing that may be lost: until when, and why."""

    address: str
    action: str
    reason: str
    expires: date


def read_permits(path: Path) -> list[Permit]:
    """The permits of a root; none where there is no file. Raises Unknown when it is not as it should be."""
    if not path.exists():
        return []
    try:
        entries = yaml.safe_load(path.read_text()) or []
    except yaml.YAMLError as error:
        raise Unknown(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(entries, list):
        raise Unknown(f"{path.name} is not a list")
    return [_permit(entry, path.name) for entry in entries]


def _permit(entry: object, where: str) -> Permit:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise Unknown(f"each entry of {where} needs address, action, reason and expires, and nothing else")
    if entry["action"] not in {"delete", "replace"}:
        raise Unknown(f"action in {where} is {entry['action']!r}; it may be delete or replace")
    if not isinstance(entry["expires"], date):
        raise Unknown(f"expires in {where} is {entry['expires']!r}; it must be a date such as 2026-12-31")
    if not str(entry["reason"] or "").strip():
        raise Unknown(f"{entry['address']} has no reason in {where}")
    return Permit(str(entry["address"]), entry["action"], str(entry["reason"]), entry["expires"])
