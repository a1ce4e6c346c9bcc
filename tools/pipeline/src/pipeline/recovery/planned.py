"""What a plan wants to create, and which of its resources refer to which."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """A resource that a plan creates; `values` holds what is known of it before it is made."""

    address: str
    module: str
    type: str
    name: str
    key: str | int | None
    values: Json
    expressions: Json
    for_each: Json

    def __getitem__(self, attribute: str) -> Any:
        """A value of the plan; None where it is unknown or not set."""
        return self.values.get(attribute)

    def referred(self, attribute: str) -> str | None:
        """The address of the resource that an attribute is taken from, within the same module."""
        references = (self.expressions.get(attribute) or {}).get("references", [])
        index = self._index() if "each.key" in references else ""
        for reference in references:
            if reference.startswith("each.value"):
                return self._of_module(self.for_each.get("references", [""])[0]) + self._index()
            if re.match(r"aws_\w+\.\w+", reference):
                return self._of_module(".".join(reference.split(".")[:2])) + index
        return None

    def beside(self, kind: str) -> str:
        """The beginning of the addresses of another type in the same module."""
        return self._of_module(f"{kind}.")

    def _of_module(self, address: str) -> str:
        return f"{self.module}.{address}" if self.module else address

    def _index(self) -> str:
        if self.key is None:
            return ""
        return f"[{self.key}]" if isinstance(self.key, int) else f'["{self.key}"]'


def to_create(plan: Json) -> list[Planned]:
    """What a plan (as `terraform show -json` has it) makes anew, in its own order."""
    configuration = plan["configuration"]["root_module"]
    return [
        _planned(change, _configured(configuration, change))
        for change in plan.get("resource_changes", [])
        if change["mode"] == "managed" and change["change"]["actions"] == ["create"]
    ]


def _planned(change: Json, configured: Json) -> Planned:
    return Planned(
        address=change["address"],
        module=change.get("module_address", ""),
        type=change["type"],
        name=change["name"],
        key=change.get("index"),
        values=change["change"]["after"] or {},
        expressions=configured.get("expressions", {}),
        for_each=configured.get("for_each_expression", {}),
    )


def _configured(root: Json, change: Json) -> Json:
    """The block of a resource in the configuration; its module is found by the names on the way."""
    module = root
    for name in _module_names(change.get("module_address", "")):
        module = module["module_calls"][name]["module"]
    wanted = f"{change['type']}.{change['name']}"
    return next(block for block in module["resources"] if block["address"] == wanted)


def _module_names(address: str) -> Iterator[str]:
    yield from re.findall(r"module\.([\w-]+)", address)
