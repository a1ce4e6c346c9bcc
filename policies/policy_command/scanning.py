"""Lets checkov judge, in its own environment and by engine.py, and reads what it says."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policy_command.errors import BadInput

POLICIES = Path(__file__).resolve().parents[1]
CHECKOV_PYTHON = POLICIES.parent / ".local/policies/bin/python"
# A minute of one core for all code, which a busy machine has made four of.
_TIMEOUT_SECONDS = 1200


@dataclass(frozen=True)
class Record:
    """One verdict of checkov on one thing. `reasons` is what a policy of ours says of it."""

    framework: str
    result: str
    check_id: str
    sentence: str
    file: str
    line: int
    resource: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """All verdicts of one run, the ids of ours that were loaded, and what checkov complained of."""

    records: list[Record]
    loaded: set[str]
    complaints: list[str]


def scan_code(directory: Path, only: Sequence[str] = ()) -> Scan:
    """Checkov's and our checks on code below a folder; `only` as in scan_plans."""
    return _scan(
        {
            "frameworks": ["terraform", "dockerfile", "github_actions"],
            "directory": str(directory),
            "checks": str(POLICIES / "checks/workflows"),
            "only": list(only),
            "environment": {},
        }
    )


def scan_plans(plans: dict[Path, Path], roots: Path, only: Sequence[str] = ()) -> Scan:
    """Checkov's and our checks on plans: {file for checkov: plan as it is}; `roots` holds deletions.yaml.

    `only`: the ids of the checks to run; all where it names none.
    """
    return _scan(
        {
            "frameworks": ["terraform_plan"],
            "files": [str(file) for file in plans],
            "checks": str(POLICIES / "checks/plan"),
            "only": list(only),
            "environment": {
                "POLICIES_PLANS": json.dumps({file.name: str(plan) for file, plan in plans.items()}),
                "POLICIES_ROOTS": str(roots),
            },
        }
    )


def _scan(request: dict[str, Any]) -> Scan:
    if not CHECKOV_PYTHON.exists():
        raise BadInput("checkov is not installed; run: make policies")
    try:
        done = subprocess.run(
            [str(CHECKOV_PYTHON), str(POLICIES / "engine.py")],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadInput(f"checkov has not ended within {_TIMEOUT_SECONDS} s; run it again alone") from None
    if done.returncode:
        raise BadInput(f"checkov broke: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
    answer = json.loads(done.stdout)
    records, complaints = [], done.stderr.strip().splitlines()
    # A report of nothing at all has no results.
    for report in (report for report in answer["reports"] if "results" in report):
        for result in ("passed", "failed", "skipped"):
            for item in report["results"][f"{result}_checks"]:
                records += _records(report["check_type"], result, item)
        complaints += [f"{file} could not be read" for file in report["results"]["parsing_errors"]]
    return Scan(records, set(answer["loaded"]), complaints)


def _records(framework: str, result: str, item: dict[str, Any]) -> list[Record]:
    """One record a line: our policies on workflows judge a whole file, and say where in it."""
    configuration = item["check_result"].get("results_configuration")
    lines = configuration.get("reasons", []) if isinstance(configuration, dict) else []
    return [
        Record(
            framework=framework,
            result=result,
            check_id=item["check_id"],
            sentence=item["check_name"],
            file=item["file_path"].lstrip("/"),
            line=line,
            resource=item["resource"],
            reasons=tuple(reasons),
        )
        for line, reasons in [(line, [text]) for line, text in lines]
        or [(item["file_line_range"][0], item["details"] or _guideline(item))]
    ]


def _guideline(item: dict[str, Any]) -> list[str]:
    """What to do by a policy of ours in YAML; checkov's own guidelines are not here without a download."""
    return [item["guideline"]] if "_JOBS_" in item["check_id"] and item["guideline"] else []
