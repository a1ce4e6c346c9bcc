"""Terraform for the roots of the examples, in a copy of the code."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from first_plans import REPOSITORY

TIMEOUT_SECONDS = 280
Terraform = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def code_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/ and examples/, for commands that leave files in them."""
    copy = tmp_path_factory.mktemp("examples")
    for part in ("infra", "examples"):
        shutil.copytree(REPOSITORY / part, copy / part, ignore=shutil.ignore_patterns(".terraform"))
    return copy


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Runs Terraform: `terraform(folder, "test", env={...})`; env is added to the test's own."""
    working_files = tmp_path_factory.mktemp("terraform-data")

    def run(
        folder: Path, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        data = working_files / "-".join(folder.parts[-2:])
        return subprocess.run(
            [sys.executable, "-m", "deployment.terraform", "--", f"-chdir={folder}", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TF_DATA_DIR": str(data), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    return run
