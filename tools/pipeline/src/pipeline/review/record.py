"""The record of reviewed changes: what a plan would change, by hashes, so that it can be kept and compared.

Two plans of the same tree give the same record, whoever makes them and wherever. It holds no value that could
be a secret: a hash of one could be guessed.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.errors import BadInput, ToolError

FORMAT = 1
# A tree of hashes, of the shape that the attribute's value has.
Hashes = Any


@dataclass(frozen=True)
class Change:
    """What would happen to one resource; `attributes` has those that change, all of a new one's.

    `reason` and `replaced_because` are Terraform's own; `deposed`: the object that a replacement left behind.
    """

    address: str
    actions: tuple[str, ...]
    attributes: dict[str, Hashes] = field(default_factory=dict)
    replaced_because: tuple[str, ...] = ()
    reason: str | None = None
    deposed: bool = False
    previous_address: str | None = None
    importing: str | None = None

    def content(self) -> dict[str, Any]:
        """As it stands in the file; what does not apply is left out."""
        content: dict[str, Any] = {
            "address": self.address,
            "actions": list(self.actions),
            "attributes": self.attributes,
        }
        optional = {
            "replaced_because": list(self.replaced_because),
            "reason": self.reason,
            "deposed": self.deposed,
            "previous_address": self.previous_address,
            "importing": self.importing,
        }
        return content | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True)
class Record:
    """The changes of one root for one tree; `images` are the content tags by service."""

    root: str
    tree: str
    images: dict[str, str]
    changes: tuple[Change, ...]

    def text(self) -> str:
        """The file's content."""
        content = {
            "format": FORMAT,
            "root": self.root,
            "tree": self.tree,
            "images": self.images,
            "changes": [change.content() for change in self.changes],
        }
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    def write(self, file: Path) -> None:
        """Writes the file; raises ToolError where that cannot be done."""
        try:
            file.write_text(self.text())
        except OSError as error:
            raise ToolError(f"{file} cannot be written: {error.strerror}.") from None

    @classmethod
    def read(cls, file: Path) -> "Record":
        """Reads such a file; raises BadInput with what is wrong in it."""
        try:
            return _record(json.loads(file.read_text()))
        except OSError as error:
            raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = "not JSON" if isinstance(error, json.JSONDecodeError) else _reason(error)
            raise BadInput(
                f"{file} is no record of reviewed changes ({reason}); `pipeline plan` makes one."
            ) from None


def _record(content: dict[str, Any]) -> Record:
    if content["format"] != FORMAT:
        raise ValueError(f"format is {content['format']!r}, not {FORMAT}")
    return Record(
        _text(content["root"]),
        _text(content["tree"]),
        {_text(service): _text(tag) for service, tag in content["images"].items()},
        tuple(_change(change) for change in content["changes"]),
    )


def _change(content: dict[str, Any]) -> Change:
    if unknown := set(content) - set(Change.__dataclass_fields__):
        raise ValueError(f"{min(unknown)} is not known")
    return Change(
        address=_text(content["address"]),
        actions=tuple(map(_text, content["actions"])),
        attributes=dict(content["attributes"].items()),
        replaced_because=tuple(map(_text, content.get("replaced_because", ()))),
        reason=content.get("reason"),
        deposed=content.get("deposed", False) is True,
        previous_address=content.get("previous_address"),
        importing=content.get("importing"),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
