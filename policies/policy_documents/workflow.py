"""A workflow of GitHub as checkov reads it: each mapping knows its first and last line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Reason = tuple[int, str]
_MARKS = {"__startline__", "__endline__"}
_COMMENT = re.compile(r"(?:^|\s)#\s*(?P<text>\S.*)$")


@dataclass(frozen=True)
class Workflow:
    """One workflow; `lines` is its text."""

    document: dict[str, Any]
    lines: list[str]

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """The jobs by name."""
        return items(self.document["jobs"])

    def used(self) -> Iterator[tuple[int, str]]:
        """Every `uses`, of steps and of jobs, with its line."""
        for job in self.jobs.values():
            if "uses" in job:
                yield self.line_of(job, "uses"), str(job["uses"])
            for step in job.get("steps") or []:
                if "uses" in step:
                    yield self.line_of(step, "uses"), str(step["uses"])

    def images(self) -> Iterator[tuple[int, str]]:
        """Every image that a job runs in or beside, with its line."""
        for job in self.jobs.values():
            containers = [job["container"]] if job.get("container") else []
            containers += items(job.get("services") or {}).values()
            for container in containers:
                if isinstance(container, dict):
                    yield self.line_of(container, "image"), str(container.get("image"))
                else:
                    yield self.line_of(job, "container"), str(container)

    def line_of(self, block: dict[str, Any], key: str) -> int:
        """The line of a block's own key, counted from 1; the block's first line where it has no such key."""
        if key not in block:
            return int(block["__startline__"])
        named = re.compile(rf"(?P<indent>\s*)(?:- )?(?:.*[\s{{,])?{re.escape(key)}\s*:")
        numbers = range(block["__startline__"], block["__endline__"] + 1)
        matches = [
            (number, named.match(self.lines[number - 1])) for number in numbers if number <= len(self.lines)
        ]
        # Blocks inside may have a key of that name, too: they are further in.
        found = [(len(match["indent"]), number) for number, match in matches if match]
        return min(found)[1] if found else int(block["__startline__"])

    def comment_on(self, line: int) -> str:
        """The comment at the end of a line, or nothing."""
        match = _COMMENT.search(self.lines[line - 1])
        return match["text"] if match else ""

    def code_lines(self) -> Iterator[tuple[int, str]]:
        """The lines without their comments."""
        for number, line in enumerate(self.lines, 1):
            yield number, _COMMENT.sub("", line)


def items(mapping: dict[str, Any]) -> dict[str, Any]:
    """A mapping without checkov's marks."""
    return {key: value for key, value in mapping.items() if key not in _MARKS}
