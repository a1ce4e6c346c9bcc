"""docs/security.md shows the roles as they are. `RECORD=1` writes its table anew. Needs the local stack."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from applied_roles import WHO, AppliedRoles
from authorization_table import granted

pytestmark = pytest.mark.stack

PAGE = Path(__file__).resolve().parents[2] / "docs/security.md"
BEGIN, END = "<!-- roles: begin -->\n", "<!-- roles: end -->\n"


def test_the_page_shows_what_each_role_may_do(stack: Any) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    shown, _, after = rest.partition(END)
    actual = roles_table(AppliedRoles(stack))
    if os.environ.get("RECORD"):
        PAGE.write_text(before + BEGIN + actual + END + after)
        shown = actual

    assert shown == actual, "Run RECORD=1 pytest tests/infra/test_security_page.py, and read what has changed"


def roles_table(roles: AppliedRoles) -> str:
    """One row for what a role may do on one thing, in Markdown."""
    rows = ["| role | may | on |", "|---|---|---|"]
    for who in WHO:
        by_resource: dict[str, set[str]] = defaultdict(set)
        for grant in granted(roles.policies(who).values()):
            by_resource[_readable(grant.resource, grant.via, roles)].add(f"`{grant.action}`")
        name = f"`<prefix>-{roles.name(who).removeprefix(roles.place.prefix + '-')}`"
        rows += [
            f"| {name} | {', '.join(sorted(actions))} | {on} |" for on, actions in sorted(by_resource.items())
        ]
    return "\n".join(["", *rows, "", ""])


def _readable(resource: str, via: str, roles: AppliedRoles) -> str:
    """Without what is the same everywhere: `sqs <prefix>-background-jobs`."""
    if resource == roles.place.key_arn:
        return f"the key, through {via}"
    if resource == "*":
        return "the registry as a whole"
    _, _, service, _, _, name = resource.split(":", 5)
    project = roles.place.prefix.rpartition("-")[0]
    shown = name.replace(roles.place.prefix, "<prefix>").replace(project, "<project>")
    return f"{service} `{shown.replace(roles.place.account, '<account>')}`"
