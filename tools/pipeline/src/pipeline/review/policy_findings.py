"""What the policies say of a plan; they run in an environment of their own (policies/README.md)."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import ToolError

_FOUND = 1


@dataclass(frozen=True)
class PolicyFinding:
    """A policy that does not hold: its id, what it is about, the sentence that is broken, what to do."""

    check_id: str
    where: str
    sentence: str
    to_do: str


@dataclass(frozen=True)
class PolicyFindings:
    """`problems`: why the run itself proves nothing, for instance a policy that did not load."""

    findings: tuple[PolicyFinding, ...] = ()
    problems: tuple[str, ...] = ()
    passed: int = 0
    skipped: int = 0

    @property
    def hold(self) -> bool:
        """Whether every policy was looked at and holds."""
        return not self.findings and not self.problems


def judge(repository: Path, plan: Path) -> PolicyFindings:
    """Judges a plan's JSON file by `policies/run.py`; raises ToolError when that cannot be done."""
    plan = plan.resolve()
    with tempfile.TemporaryDirectory(prefix="policies-") as folder:
        found = Path(folder) / "found.json"
        command = [
            sys.executable,
            str(repository / "policies/run.py"),
            "--plan",
            str(plan),
            "--json",
            str(found),
        ]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
        if done.returncode not in {0, _FOUND} or not found.is_file():
            said = (done.stderr.strip().splitlines() or [f"policies/run.py ended with {done.returncode}"])[-1]
            raise ToolError(
                f"The plan was not judged: {said.removeprefix('policies: ')}; "
                "`--no-policies` plans without the policies."
            )
        return _read(json.loads(found.read_text()), f"plan of {plan}, ")


def _read(content: Mapping[str, Any], prefix: str) -> PolicyFindings:
    findings = [
        PolicyFinding(each["check_id"], each["where"].removeprefix(prefix), each["sentence"], each["to_do"])
        for each in content["findings"]
    ]
    counts = list(dict(content["counts"]).values())
    return PolicyFindings(
        tuple(findings),
        tuple(map(str, content["problems"])),
        sum(int(count.get("passed", 0)) for count in counts),
        sum(int(count.get("skipped", 0)) for count in counts),
    )
