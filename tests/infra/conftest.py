"""Terraform for the tests: the same one that `make up` uses, with working files in a temporary folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# A module's tests take up to 15 s on a quiet machine; `init` may have to download the provider once.
TIMEOUT_SECONDS = 240

Terraform = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    """Runs Terraform: `terraform(folder, "validate", env={...})`; env is added to the test's own."""

    def run(
        folder: Path, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jobctl.terraform", "--", f"-chdir={folder}", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TF_DATA_DIR": str(tmp_path / "terraform-data"), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def infra_copy(tmp_path: Path) -> Path:
    """A copy of infra/, for commands that leave files in it."""
    return Path(
        shutil.copytree(REPOSITORY / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns(".terraform"))
    )
