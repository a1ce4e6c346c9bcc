"""From a plan to its record."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from pipeline.release import Release
from pipeline.review.marked_values import Mark, marked
from pipeline.review.record import Change, Hashes, Record
from pipeline.review.secret_texts import SecretTexts, secret_texts

MOVE = "move"
Hasher = Callable[[Any], Hashes]


def record_of(plan: dict[str, Any], root: str, release: Release) -> Record:
    """The record of a plan, the JSON of `terraform show -json`, made with the release's images.

    Outputs and data sources are not in it: they change nothing by themselves. An output follows from what is
    recorded, and a data source that is read during the apply has its effect in resources, as values that are
    known after the apply.
    """
    hashed = _hasher(secret_texts(plan), release)
    entries = [entry for entry in plan.get("resource_changes") or [] if changes_something(entry)]
    changes = [_change(entry, hashed) for entry in entries]
    images = {service: image.tag for service, image in sorted(release.images.items())}
    ordered = sorted(
        changes, key=lambda change: (change.address, json.dumps(change.content(), sort_keys=True))
    )
    return Record(root, release.tree, images, tuple(ordered))


def changes_something(entry: dict[str, Any]) -> bool:
    """Whether an entry of `resource_changes` changes an object or the state."""
    change = entry["change"]
    moved = entry.get("previous_address") not in {None, entry["address"]}
    return entry["mode"] == "managed" and (
        change["actions"] != ["no-op"] or moved or change.get("importing") is not None
    )


def changed_attributes(change: dict[str, Any]) -> dict[str, Any]:
    """Attribute → value after, with marks: those that change; all that are set where an object is made."""
    before, after = change.get("before"), change.get("after")
    if after is None and not change.get("after_unknown"):
        return {}
    new = marked(after or {}, change.get("after_unknown"), change.get("after_sensitive"))
    if new is Mark.SENSITIVE:
        return {"(all)": new}
    if "create" in change["actions"]:
        return {name: value for name, value in new.items() if value is not None}
    old = marked(before or {}, None, change.get("before_sensitive"))
    return {
        name: value
        for name, value in new.items()
        # A secret that changes has the same mark before and after.
        if _get(old, name) != value or _get(before, name) != _get(after, name)
    }


def path_text(path: list[Any]) -> str:
    """A path of Terraform's (`["rule", 0, "name"]`) as people write it: `rule[0].name`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).lstrip(".")


def _change(entry: dict[str, Any], hashed: Hasher) -> Change:
    change = entry["change"]
    importing = change.get("importing")
    previous = entry.get("previous_address")
    actions = tuple(change["actions"])
    return Change(
        address=entry["address"],
        actions=(MOVE,) if actions == ("no-op",) and previous else actions,
        attributes={name: hashed(value) for name, value in sorted(changed_attributes(change).items())},
        replaced_because=tuple(sorted(path_text(path) for path in change.get("replace_paths") or [])),
        reason=entry.get("action_reason"),
        deposed=bool(entry.get("deposed")),
        previous_address=previous,
        importing=None if importing is None else hash_of(importing),
    )


def _hasher(secrets: SecretTexts, release: Release) -> Hasher:
    tags = {image.planned_digest: image.tag for image in release.images.values()}

    def hashed(value: Any) -> Hashes:
        if isinstance(value, Mark):
            return value.value
        if isinstance(value, dict):
            return {_key(key): hashed(item) for key, item in sorted(value.items())}
        if isinstance(value, list):
            return [hashed(item) for item in value]
        text = value if isinstance(value, str) else json.dumps(value)
        if secrets.within(text):
            return Mark.SENSITIVE.value
        for digest, tag in tags.items():
            text = text.replace(digest, tag)
        return hash_of(text if isinstance(value, str) else value)

    def _key(key: str) -> str:
        return secrets.masked(key, Mark.SENSITIVE.value)

    return hashed


def hash_of(value: Any) -> str:
    """The hash of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _get(values: Any, name: str) -> Any:
    return values.get(name) if isinstance(values, dict) else values
