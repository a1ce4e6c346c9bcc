"""Runs checkov once, inside its own environment: a request on stdin, an answer on stdout, both JSON.

The request: {"frameworks", "directory" or "files", "checks": folder of ours, "only": ids or none,
"environment": {name: value}}.
The answer: {"loaded": ids of ours, "reports": checkov's}. What checkov has to complain about goes to stderr:
a check that cannot be imported, for one, is only logged and otherwise left out.
"""

import contextlib
import io
import json
import os
import sys
from typing import Any

# Before checkov is imported: it reads them then.
os.environ.setdefault("LOG_LEVEL", "WARNING")
# In this process: from others it would not hear which checks were loaded.
os.environ["CHECKOV_PARALLELIZATION_TYPE"] = "none"

from checkov.common.checks.base_check_registry import BaseCheckRegistry
from checkov.common.checks_infra.registry import get_all_graph_checks_registries
from checkov.github_actions.schemas import gha_workflow
from checkov.main import Checkov
from checkov.runner_filter import RunnerFilter


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    os.environ.update(request["environment"])
    _teach_newer_words()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        Checkov(_arguments(request)).run()
    reports = json.loads(printed.getvalue())
    json.dump(
        {
            "loaded": sorted(_loaded()),
            "reports": reports if isinstance(reports, list) else [reports],
        },
        sys.stdout,
    )


def _teach_newer_words() -> None:
    """Checkov passes over a workflow that its schema does not know a word of, and the schema is years old.

    Whether a workflow is valid is judged by `make lint`, with a schema of today.
    """
    known = gha_workflow["definitions"]
    known["permissions-event"]["properties"]["attestations"] = known["permissions-level"]
    known["concurrency"]["properties"]["queue"] = {"type": "string"}


def _loaded() -> set[str]:
    graph_checks = [check for registry in get_all_graph_checks_registries() for check in registry.checks]
    checks = [*BaseCheckRegistry.get_all_registered_checks(), *graph_checks]
    return {check.id for check in checks if RunnerFilter.is_external_check(check.id)}


def _arguments(request: dict[str, Any]) -> list[str]:
    scanned = ["-d", request["directory"]] if "directory" in request else ["-f", *request["files"]]
    return [
        *scanned,
        "--framework",
        *request["frameworks"],
        "--external-checks-dir",
        request["checks"],
        *(["--check", ",".join(request["only"])] if request["only"] else []),
        *["--skip-download", "--compact", "--output", "json"],
    ]


if __name__ == "__main__":
    main()
