"""A plan as `terraform show -json` gives it: what will be, what is unknown, and what refers to what."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Unknown(Exception):
    """What a policy would have to know is not in the plan; the message says what."""


@dataclass(frozen=True)
class Resource:
    """A planned resource. `unknown` marks what is known after the apply only; `code` is its configuration."""

    address: str
    module: str
    mode: str
    type: str
    name: str
    values: Json
    unknown: Json
    code: Json

    def known(self, attribute: str) -> Any:
        """The planned value; of blocks, what is known of them. Raises Unknown if the apply decides."""
        if self.unknown.get(attribute) is True:
            raise Unknown(f"{attribute} of {self.address} is known after the apply only")
        return self.values.get(attribute)

    def inside(self, block: str, attribute: str) -> Any:
        """What the plan knows of an attribute in a single block; None when that is nothing yet."""
        blocks = self.values.get(block) or [{}]
        return blocks[0].get(attribute)

    def document(self, attribute: str) -> Any:
        """A value that is JSON in a text, decoded. Raises Unknown when it is not to be read."""
        text = self.known(attribute)
        try:
            return json.loads(text)
        except (TypeError, ValueError):
            raise Unknown(f"{attribute} of {self.address} is not JSON") from None

    def expression(self, *path: str) -> Any:
        """What the code says for an attribute, also inside blocks; None when it says nothing."""
        found: Any = self.code.get("expressions", {})
        for part in path:
            block = found[0] if isinstance(found, list) and found else found
            found = block.get(part) if isinstance(block, dict) else None
        return found


@dataclass
class Plan:
    """One root's plan."""

    document: Json
    resources: dict[str, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknowns = {
            change["address"]: change["change"].get("after_unknown") or {}
            for change in self.document.get("resource_changes", [])
        }
        for module, item in _planned(self.document.get("planned_values", {}).get("root_module", {})):
            address = item["address"]
            self.resources[address] = Resource(
                address,
                module,
                item.get("mode", "managed"),
                item["type"],
                item["name"],
                item.get("values") or {},
                unknowns.get(address) or {},
                self._code(module, item),
            )

    def of_type(self, *types: str) -> list[Resource]:
        """The managed resources of these types."""
        return [item for item in self.resources.values() if item.type in types and item.mode == "managed"]

    def named(self, kind: str, name: str) -> Resource:
        """The one resource of a type with that name. Raises Unknown when the plan has none."""
        for resource in self.of_type(kind):
            if resource.values.get("name") == name:
                return resource
        raise Unknown(f"this plan has no {kind} named {name}")

    def referred(self, resource: Resource, *path: str) -> list[Resource]:
        """The resources that an attribute refers to. Raises Unknown as `followed` does."""
        expression = resource.expression(*path)
        references = expression.get("references", []) if isinstance(expression, dict) else []
        return self.followed(resource, references)

    def followed(self, resource: Resource, references: list[str]) -> list[Resource]:
        """The resources behind references in a resource's code, through variables and outputs of modules.

        Raises Unknown when one leads out of the plan, or to where the code computes it (locals, for_each).
        """
        found: set[str] = set()
        for reference in references:
            addresses = self._follow(resource.module, reference)
            if not addresses and not _is_whole_module(reference):
                raise Unknown(f"{resource.address} refers to {reference}, which does not lead to a resource")
            found |= set(addresses)
        return [self.resources[address] for address in sorted(found)]

    @cached_property
    def environment(self) -> str:
        """The environment, by its output and the tags of all that changes. Raises Unknown if not one."""
        outputs = self.document.get("planned_values", {}).get("outputs", {})
        names = {outputs["environment"].get("value")} if "environment" in outputs else set()
        for change in self.document.get("resource_changes", []):
            for side in ("before", "after"):
                tags = (change["change"].get(side) or {}).get("tags_all") or {}
                names |= {tags["Environment"]} if "Environment" in tags else set()
        if len(names) != 1:
            raise Unknown(f"the plan names {', '.join(sorted(map(str, names))) or 'no'} environment, not one")
        return str(names.pop())

    def _code(self, module: str, item: Json) -> Json:
        prefix = "data." if item.get("mode") == "data" else ""
        wanted = f"{prefix}{item['type']}.{item['name']}"
        resources: list[Json] = self._module(module).get("resources", [])
        return next((code for code in resources if code["address"] == wanted), {})

    def _module(self, address: str) -> Json:
        """The configuration of a module by its address, with or without keys of for_each."""
        found: Json = self.document.get("configuration", {}).get("root_module", {})
        for name in module_names(address):
            found = found.get("module_calls", {}).get(name, {}).get("module", {})
        return found

    def _follow(self, module: str, reference: str) -> list[str]:
        """The addresses behind a reference inside a module: a resource, a variable or an output."""
        kind, *rest = reference.split(".")
        if kind == "var" and module:
            parent, _, name = module.rpartition("module.")
            parent = parent.rstrip(".")
            call = self._module(parent).get("module_calls", {}).get(without_keys(name), {})
            outer = call.get("expressions", {}).get(rest[0], {}).get("references", [])
            return [address for item in outer for address in self._follow(parent, item)]
        if kind == "module" and len(rest) > 1:
            inner = f"{module}.module.{rest[0]}".lstrip(".")
            output = self._module(inner).get("outputs", {}).get(without_keys(rest[1]), {})
            below = output.get("expression", {}).get("references", [])
            return [address for item in below for address in self._follow(inner, item)]
        local = ".".join([kind, *rest][: 3 if kind == "data" else 2])
        wanted = without_keys(f"{module}.{local}".lstrip("."))
        found = [item for item in self.resources.values() if without_keys(item.address) == wanted]
        here = [item for item in found if item.module == module]
        return [item.address for item in here or found]


def _is_whole_module(reference: str) -> bool:
    """Beside `module.a.b` the plan lists `module.a`, which adds nothing."""
    return reference.startswith("module.") and reference.count(".") == 1


def module_names(address: str) -> list[str]:
    """`module.stack.module.network["own"].aws_vpc.this` → stack, network."""
    return re.findall(r"(?:^|\.)module\.([^.\[]+)", without_keys(address))


@lru_cache
def read_plan(path: Path) -> Plan:
    """The plan in a file."""
    return Plan(json.loads(path.read_text()))


def _planned(module: Json) -> Iterator[tuple[str, Json]]:
    for item in module.get("resources", []):
        yield module.get("address", ""), item
    for child in module.get("child_modules", []):
        yield from _planned(child)


def without_keys(address: str) -> str:
    """Keys of for_each may hold anything, also `.module.`."""
    return re.sub(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]', "", address)
