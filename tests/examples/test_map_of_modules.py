"""The examples' page says which module serves which stack, and it is so."""

import re

from deployment.terraform.validate import local_uses
from first_plans import EXAMPLES, PLACES, REPOSITORY, ROOTS

README = (REPOSITORY / "examples/README.md").read_text()
MODULES = REPOSITORY / "infra/modules"
# In the root shared alone; the page says so in a sentence.
OF_SHARED = {"github_access", "state_bucket"}


def _used_by(*roots: str) -> set[str]:
    """The modules that roots use, directly or by another module."""
    uses = local_uses(REPOSITORY)
    waiting = [REPOSITORY / PLACES[root] for root in roots]
    found: set[str] = set()
    for folder in waiting:
        new = {used for used in uses.get(folder, set()) if used.name not in found}
        found |= {used.name for used in new}
        waiting += sorted(new)
    return found


def test_each_module_has_a_row_with_the_stacks_that_use_it() -> None:
    head = re.search(r"^\| Module \| product \| (.+) \|$", README, re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", README, re.MULTILINE)
    used = {"product": _used_by(*ROOTS)} | {example: _used_by(example) for example in EXAMPLES}

    assert head is not None
    stacks = ["product", *re.findall(r"`(\w+)`", head[1])]
    told = {
        stack: {module for module, marks in rows if marks.split("|")[column].strip() == "x"}
        for column, stack in enumerate(stacks)
    }
    assert told == used | {"product": used["product"] - OF_SHARED}
    assert {module for module, _ in rows} | OF_SHARED == {
        path.parent.name for path in MODULES.glob("*/main.tf")
    }
