"""Skips: `#checkov:skip=ID:reason` in the block that it is for. Each needs a reason, and has to be of use.

In a resource it is for that resource; in a module call, for all that this call makes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SKIP = re.compile(r"#\s*checkov:skip=(?P<id>[A-Z0-9_]+)(?::(?P<reason>.*))?")
SkipKey = tuple[Path, int, str]
_BLOCK = re.compile(r'^(?P<kind>resource|data|module) "(?P<first>[^"]+)"(?: "(?P<second>[^"]+)")? \{')


@dataclass(frozen=True)
class Block:
    """A block of Terraform code: where it begins, and its name in its folder, as `aws_sqs_queue.this`."""

    file: Path
    line: int
    name: str


@dataclass(frozen=True)
class Skip:
    """A skip in the code. `block` is None outside of Terraform."""

    file: Path
    line: int
    check_id: str
    reason: str
    block: Block | None

    @property
    def key(self) -> SkipKey:
        """What tells whether it was of use: file, first line of the block (0: the whole file), and id."""
        return self.file, self.block.line if self.block else 0, self.check_id


def read_skips(files: Iterable[Path]) -> list[Skip]:
    """Every skip in these files."""
    return [skip for file in files for skip in _in_file(file)]


def read_blocks(files: Iterable[Path]) -> dict[tuple[Path, str], Block]:
    """The blocks of Terraform files by folder and name."""
    lines = ((file, item) for file in files for item in enumerate(file.read_text().splitlines(), 1))
    blocks = [block for file, (number, line) in lines if (block := _begins(file, number, line))]
    return {(block.file.parent, block.name): block for block in blocks}


def _in_file(file: Path) -> list[Skip]:
    found: list[Skip] = []
    block: Block | None = None
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if file.suffix == ".tf":
            block = None if line.startswith("}") else _begins(file, number, line) or block
        if match := _SKIP.search(line):
            found.append(Skip(file, number, match["id"], (match["reason"] or "").strip(), block))
    return found


def _begins(file: Path, number: int, line: str) -> Block | None:
    match = _BLOCK.match(line)
    if match is None:
        return None
    name = {
        "resource": f"{match['first']}.{match['second']}",
        "data": f"data.{match['first']}.{match['second']}",
        "module": f"module.{match['first']}",
    }[match["kind"]]
    return Block(file, number, name)
