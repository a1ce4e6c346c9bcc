"""Policies hold for the plan of a root that is applied, when ids and keys are known. Needs the stack."""

import subprocess
from pathlib import Path
from typing import Protocol

import pytest
from commands import run_policies

pytestmark = pytest.mark.stack


class Stack(Protocol):
    """What this test needs of the local stack."""

    def terraform(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform in an applied root."""


def test_every_policy_holds_for_the_plan_of_an_applied_root(stack: Stack, tmp_path: Path) -> None:
    saved = tmp_path / "dev.tfplan"
    planned = stack.terraform("dev", "plan", f"-out={saved}", "-input=false", "-no-color", "-lock=false")
    assert planned.returncode == 0, planned.stderr
    (tmp_path / "dev.json").write_text(stack.terraform("dev", "show", "-json", str(saved)).stdout)

    told = run_policies("--plan", tmp_path / "dev.json")

    assert told.stdout.endswith("Every policy holds.\n"), told.stdout + told.stderr
    assert (told.returncode, told.stderr) == (0, "")
