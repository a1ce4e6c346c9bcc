"""What the README of an example says in tables: how many resources of which type, and what they cost."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from first_plans import REPOSITORY, Plan

_ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<type>\w+)`(?: in `(?P<module>[\w.]+)`)? \| (?P<count>\d+) \|$"
)
_TOGETHER = re.compile(r"^\| \*\*together\*\*, with what is not in this table \| \| (?P<count>\d+) \|$")


@dataclass(frozen=True)
class Row:
    """So many resources of a type, in the whole root or in one of its modules."""

    what: str
    type: str
    module: str
    count: int

    def found(self, plan: Plan) -> int:
        """How many the plan makes."""
        inside = re.compile(rf"{re.escape(self.module)}[.\[]" if self.module else "")
        return sum(
            change["type"] == self.type and inside.match(change["address"]) is not None
            for change in made(plan)
        )


def readme(example: str) -> str:
    """The page of an example."""
    return (REPOSITORY / "examples" / example / "README.md").read_text()


def section(example: str, name: str) -> list[str]:
    """The lines between `<!-- name -->` and `<!-- end of name -->`."""
    found = re.search(rf"<!-- {name}.*?-->\n(.*?)<!-- end of {name} -->", readme(example), re.DOTALL)
    assert found is not None, f"{example}/README.md has no part {name}"
    return found[1].splitlines()


def resource_rows(example: str) -> tuple[list[Row], int]:
    """The rows of the table of resources, and the number of all resources."""
    head, rule, *lines, last = section(example, "resources")
    assert (head, rule) == ("| what | type | count |", "|---|---|--:|")
    rows = []
    for line in lines:
        found = _ROW.match(line)
        assert found is not None, f"{example}/README.md: {line}"
        rows.append(Row(found["what"], found["type"], found["module"] or "", int(found["count"])))
    together = _TOGETHER.match(last)
    assert together is not None, f"{example}/README.md: {last}"
    return rows, int(together["count"])


def made(plan: Plan) -> list[dict[str, Any]]:
    """The changes of a plan that make a resource."""
    return [
        change
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] == ["create"]
    ]


def by_type(plan: Plan) -> Counter[str]:
    """Type → how many the plan makes."""
    return Counter(change["type"] for change in made(plan))


def folder(example: str) -> Path:
    """The root of an example."""
    return REPOSITORY / "examples" / example / "infra"
