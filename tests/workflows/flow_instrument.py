"""What act does not know of a job, added to a copy of the workflows: its environment and its token's rights.

act has no environments and gives every job the same token. Here each job carries both in variables, the
environment as the expression in the workflow, for act to evaluate; stand-ins of GitHub and AWS judge by it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_TOKEN = re.compile(r"\$\{\{\s*(github\.token|secrets\.GITHUB_TOKEN)\s*\}\}")
# How many may wait for a place: act knows only one kind of waiting, and no places.
_QUEUE = re.compile(r"^ +queue: max\n", re.MULTILINE)
Permissions = dict[str, str]
STRENGTH = {"none": 0, "read": 1, "write": 2}


def instrument(folder: Path) -> None:
    """Changes the workflows and actions below `.github` of a work tree."""
    for path in sorted(folder.glob(".github/workflows/*.yml")):
        path.write_text(_with_variables(_QUEUE.sub("", path.read_text()), path.name))
    for path in sorted(folder.glob(".github/actions/*/action.yml")):
        path.write_text(_TOKEN.sub("${{ env.FLOW_TOKEN }}", path.read_text()))


def jobs_of(text: str) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow by id."""
    read: dict[str, dict[str, Any]] = yaml.safe_load(text)["jobs"]
    return read


def permissions_of(text: str, job: dict[str, Any]) -> Permissions:
    """What a job's token may do, by its own permissions or the workflow's."""
    given = job.get("permissions", yaml.safe_load(text).get("permissions"))
    assert isinstance(given, dict), f"permissions are {given!r}; name each of them"
    return dict(given)


def token(permissions: Permissions) -> str:
    """A token that says what it may do; the stand-in of GitHub's API reads it."""
    return "flow-" + ".".join(f"{scope}:{right}" for scope, right in sorted(permissions.items()))


def rights(text: str) -> Permissions:
    """What a token may do."""
    pairs = text.removeprefix("flow-").split(".")
    return dict(pair.split(":", 1) for pair in pairs if pair)


def _with_variables(text: str, workflow: str) -> str:
    lines, jobs = text.splitlines(keepends=True), jobs_of(text)
    # From the end, so that the places of those before stay true.
    for name, begin, end, column in sorted(_places(text), key=lambda place: -place[1]):
        job = jobs[name]
        if "uses" in job:
            continue
        granted = permissions_of(text, job)
        body = [_TOKEN.sub(token(granted), line) for line in lines[begin:end]]
        lines[begin:end] = _add(body, _variables(workflow, name, job, granted), column)
    return "".join(lines)


def _variables(workflow: str, name: str, job: dict[str, Any], granted: Permissions) -> dict[str, str]:
    environment = job.get("environment", "")
    if isinstance(environment, dict):
        environment = environment["name"]
    return {
        "FLOW_JOB": json.dumps(f"{workflow}:{name}"),
        "FLOW_ENVIRONMENT": json.dumps(environment),
        "FLOW_TOKEN": json.dumps(token(granted)),
    }


def _add(body: list[str], variables: dict[str, str], column: int) -> list[str]:
    added = [f"{' ' * (column + 2)}{name}: {value}\n" for name, value in variables.items()]
    header = f"{' ' * column}env:\n"
    if header in body:
        place = body.index(header) + 1
        return [*body[:place], *added, *body[place:]]
    return [header, *added, *body]


def _places(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Each job: its id, first and last line of what it holds, and the column of that."""
    document = yaml.compose(text)
    assert isinstance(document, yaml.MappingNode)
    [jobs] = [value for key, value in document.value if key.value == "jobs"]
    for key, value in jobs.value:
        yield key.value, value.start_mark.line, value.end_mark.line, value.start_mark.column
