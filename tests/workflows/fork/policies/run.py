"""Stands for the product's command: it judges by those policies that the small stack is made for.

Only where the tree has the file `policies/judged`: checkov takes longer than all the rest of a plan, and is
tried by tests/policies. Elsewhere it says that every policy holds.
"""

import json
import sys
from pathlib import Path
from typing import Any

from policy_command.main import main

MADE_FOR = {"CKV_JOBS_1", "CKV_JOBS_2", "CKV_JOBS_5", "CKV_JOBS_9"}


def judge() -> int:
    """The exit code; the findings are in the file after --json."""
    found = Path(sys.argv[sys.argv.index("--json") + 1])
    judged: dict[str, Any] = {"findings": [], "problems": [], "counts": {}}
    if Path(__file__).with_name("judged").exists():
        main()
        judged = json.loads(found.read_text())
        judged["findings"] = [each for each in judged["findings"] if each["check_id"] in MADE_FOR]
    found.write_text(json.dumps(judged))
    return 1 if judged["findings"] or judged["problems"] else 0


if __name__ == "__main__":
    sys.exit(judge())
