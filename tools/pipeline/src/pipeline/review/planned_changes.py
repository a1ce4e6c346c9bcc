"""What a plan changes, as people speak of it: destroy, replace, change, create; which attributes, and why."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.review.marked_values import Mark, leaves, marked
from pipeline.review.recording import changed_attributes, changes_something, path_text

DESTROY, REPLACE, CHANGE, CREATE = "destroy", "replace", "change", "create"
REVISE, MOVE, IMPORT, FORGET = "revise", "move", "import", "forget"
_KINDS = {
    ("create",): CREATE,
    ("update",): CHANGE,
    ("delete",): DESTROY,
    ("delete", "create"): REPLACE,
    ("create", "delete"): REPLACE,
    ("forget",): FORGET,
}
# https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
_REASONS = {
    "replace_because_tainted": "its creation failed half-way (it is tainted)",
    "replace_by_request": "asked for by `-replace`",
    "replace_by_triggers": "what it names in `replace_triggered_by` changes",
    "delete_because_no_resource_config": "the code has it no more",
    "delete_because_no_module": "the code has its module no more",
    "delete_because_wrong_repetition": "the code has it no more under this key",
    "delete_because_count_index": "the code counts fewer of them",
    "delete_because_each_key": "`for_each` has this key no more",
    "delete_because_no_move_target": "it was moved to an address that the code does not have",
}


@dataclass(frozen=True)
class Attribute:
    """A value that changes; a Mark where it is not known or not to be seen. `forces`: why it is replaced."""

    name: str
    before: Any
    after: Any
    forces: bool = False


@dataclass(frozen=True)
class PlannedChange:
    """One resource, `named` so in AWS. `folded`: what AWS sets, and what only repeats another attribute."""

    kind: str
    address: str
    type: str
    reason: str = ""
    attributes: tuple[Attribute, ...] = ()
    folded: tuple[str, ...] = ()
    previous_address: str | None = None
    creates_first: bool = False
    named: str = ""


@dataclass(frozen=True)
class Changes:
    """All of a plan's; `drifted`: what somebody changed outside Terraform, and the plan puts back."""

    planned: tuple[PlannedChange, ...]
    drifted: tuple[PlannedChange, ...] = field(default=())

    def of(self, *kinds: str) -> list[PlannedChange]:
        """Those of these kinds, in the plan's order."""
        return [change for change in self.planned if change.kind in kinds]


def changes_of(plan: dict[str, Any], masked: dict[str, Any]) -> Changes:
    """The changes of a plan, with the values of its copy without secrets (`redacted`)."""

    def read(key: str) -> tuple[PlannedChange, ...]:
        pairs = zip(plan.get(key) or [], masked.get(key) or [], strict=True)
        return tuple(_planned(entry, shown, plan) for entry, shown in pairs if changes_something(entry))

    planned = read("resource_changes")
    return Changes(planned, tuple(_put_back(read("resource_drift"), planned)))


def _put_back(drifted: Iterable[PlannedChange], planned: Iterable[PlannedChange]) -> Iterator[PlannedChange]:
    """Terraform lists as drift also what AWS or scaling sets, and what the provider writes otherwise."""
    undone = {change.address: change for change in planned}
    for change in drifted:
        by_plan = undone.get(change.address)
        if by_plan and change.kind == DESTROY:
            yield change
        elif by_plan and by_plan.kind in {CHANGE, REPLACE, REVISE}:
            names = {attribute.name for attribute in by_plan.attributes}
            attributes = tuple(each for each in change.attributes if each.name in names)
            if attributes:
                yield replace(change, attributes=attributes, folded=())


def _planned(entry: dict[str, Any], shown: dict[str, Any], plan: dict[str, Any]) -> PlannedChange:
    kind = _kind(entry)
    attributes = list(_attributes(entry, shown, shows_force=kind == REPLACE))
    said = _said_in_code(plan, entry["address"])
    folded = tuple(
        attribute.name for attribute in attributes if _is_noise(attribute, attributes, said, entry["change"])
    )
    return PlannedChange(
        kind=kind,
        address=entry["address"],
        type=entry.get("type", ""),
        reason=_reason(entry, kind),
        attributes=tuple(each for each in attributes if each.name not in folded),
        folded=folded,
        previous_address=entry.get("previous_address"),
        creates_first=entry["change"]["actions"] == ["create", "delete"],
        named=_name(shown["change"].get("before")),
    )


def _name(values: Any) -> str:
    """What people know an object by."""
    names = (
        (values.get(key) for key in ("name", "bucket", "family", "id")) if isinstance(values, dict) else ()
    )
    return next((name for name in names if isinstance(name, str) and name), "")


def _kind(entry: dict[str, Any]) -> str:
    change = entry["change"]
    kind = _KINDS.get(tuple(change["actions"]))
    if kind == REPLACE and _keeps_the_old_revision(entry):
        return REVISE
    if kind in {None, CHANGE} and change.get("importing") is not None:
        return IMPORT
    return kind or MOVE


def _keeps_the_old_revision(entry: dict[str, Any]) -> bool:
    """A task definition never changes; with `skip_destroy` its old revision stays, so nothing is lost."""
    change = entry["change"]
    values = [change.get("before") or {}, change.get("after") or {}]
    return entry.get("type") == "aws_ecs_task_definition" and all(each.get("skip_destroy") for each in values)


def _reason(entry: dict[str, Any], kind: str) -> str:
    if entry.get("deposed"):
        return "an earlier replacement left it behind"
    if said := _REASONS.get(entry.get("action_reason") or ""):
        return said
    return "" if kind != REPLACE else "it cannot be changed in place"


def _attributes(entry: dict[str, Any], shown: dict[str, Any], *, shows_force: bool) -> Iterator[Attribute]:
    change, masks = entry["change"], shown["change"]
    forcing = {path_text(path[:1]) for path in change.get("replace_paths") or []}
    before = _marked(masks.get("before"), None, change.get("before_sensitive"))
    after = _marked(masks.get("after"), change.get("after_unknown"), change.get("after_sensitive"))
    names = changed_attributes(change)
    for name in sorted(names):
        old, new = before.get(name), after.get(name)
        is_change = "create" not in change["actions"] or _raw_differs(change, name)
        if is_change and not (old is None and _is_empty(new)):
            yield Attribute(name, old, new, shows_force and name in forcing)


def _marked(values: Any, unknown: Any, sensitive: Any) -> dict[str, Any]:
    tree = marked(values or {}, unknown, sensitive)
    return tree if isinstance(tree, dict) else {}


def _raw_differs(change: dict[str, Any], name: str) -> bool:
    if not isinstance(change.get("before"), dict):
        return True
    unknown = Mark.UNKNOWN in leaves(marked(None, (change.get("after_unknown") or {}).get(name)))
    return unknown or change["before"].get(name) != (change.get("after") or {}).get(name)


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


def _is_noise(
    attribute: Attribute, all_of_it: list[Attribute], said: dict[str, Any] | None, change: dict[str, Any]
) -> bool:
    if attribute.name == "tags_all":
        return "tags" in {each.name for each in all_of_it} or change.get("before") is None
    if attribute.forces or said is None:
        return False
    return _only_computed(attribute.before, attribute.after, said.get(attribute.name))


def _only_computed(before: Any, after: Any, said: Any) -> bool:
    """Whether nothing differs but what the code does not say and AWS will."""
    if after is Mark.UNKNOWN:
        return said is None
    if isinstance(before, dict) and isinstance(after, dict):
        inner = said if isinstance(said, dict) else {}
        return all(
            _only_computed(before.get(key), after.get(key), inner.get(key)) for key in {*before, *after}
        )
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        blocks = said if isinstance(said, list) and len(said) == len(after) else [said] * len(after)
        return all(map(_only_computed, before, after, blocks))
    return bool(before == after)


def _said_in_code(plan: dict[str, Any], address: str) -> dict[str, Any] | None:
    """What the code of a resource says, by attribute; None where the plan does not have its code."""
    module = (plan.get("configuration") or {}).get("root_module") or {}
    steps = re.sub(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]', "", address).split(".")
    while steps[:1] == ["module"] and len(steps) > 1:
        module = ((module.get("module_calls") or {}).get(steps[1]) or {}).get("module") or {}
        steps = steps[2:]
    for resource in module.get("resources") or []:
        if resource.get("address") == ".".join(steps):
            return dict(resource.get("expressions") or {})
    return None
