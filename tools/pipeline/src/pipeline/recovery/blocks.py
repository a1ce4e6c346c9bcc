"""From a plan that wants to create what exists to import blocks."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.recovery.named import Found, named_id
from pipeline.recovery.planned import Json, Planned, to_create

Lookup = Callable[[Planned, Found], str | None]


@dataclass(frozen=True)
class ImportBlocks:
    """`ids`: address → import id. `unknown`: addresses for which none was found; they would be created."""

    ids: dict[str, str]
    unknown: list[str]

    def text(self) -> str:
        """The blocks, as Terraform reads them."""
        return "\n".join(_block(address, each) for address, each in self.ids.items())


def _block(address: str, import_id: str) -> str:
    return f"import {{\n  to = {address}\n  id = {json.dumps(import_id)}\n}}\n"


def import_blocks(plan: Json, look_up: Lookup) -> ImportBlocks:
    """The blocks for all that a plan creates. One id may need another, so it goes on while it finds any."""
    missing = to_create(plan)
    found: dict[str, str] = {}
    while True:
        left = []
        for resource in missing:
            known = named_id(resource, found) or look_up(resource, found)
            if known is None:
                left.append(resource)
            else:
                found[resource.address] = known
        if len(left) in {0, len(missing)}:
            return ImportBlocks(found, [resource.address for resource in left])
        missing = left
