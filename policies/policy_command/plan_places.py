"""From an address in a plan to the code: its own block, and the module calls that lead to it.

A plan names no lines, and checkov's own way back mixes up resources of the same name in different modules.
"""

import re
from pathlib import Path
from typing import Any

from policy_command.skips import Block
from policy_documents.plan import module_names, without_keys


class PlanPlaces:
    """The code that a plan was made of, in `root`; knows nothing where the root is not known (None)."""

    def __init__(
        self, plan: dict[str, Any], root: Path | None, blocks: dict[tuple[Path, str], Block]
    ) -> None:
        self._code = plan.get("configuration", {}).get("root_module", {})
        self._root = root
        self._blocks = blocks

    def of(self, address: str) -> list[Block]:
        """The blocks, from the root inwards; the last is the resource's own."""
        folder, code = self._root, self._code
        if folder is None:
            return []
        names: list[tuple[Path, str]] = []
        for module in module_names(address):
            names.append((folder, f"module.{module}"))
            call = code.get("module_calls", {}).get(module, {})
            folder = (folder / call.get("source", "")).resolve()
            code = call.get("module", {})
        names.append((folder, re.sub(r"^(module\.[^.]+\.)*", "", without_keys(address))))
        return [self._blocks[name] for name in names if name in self._blocks]
