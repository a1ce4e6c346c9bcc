"""Terraform for the tests: the same one that `make up` uses, with working files in a temporary folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from embedded_account import embedded_account

REPOSITORY = Path(__file__).resolve().parents[2]
# A module's tests take up to 15 s on a quiet machine; `init` may have to download the provider once.
TIMEOUT_SECONDS = 240

Terraform = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Runs Terraform: `terraform(folder, "validate", env={...})`; env is added to the test's own."""
    working_files = tmp_path_factory.mktemp("terraform-data")

    def run(
        folder: Path, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        data = working_files / "-".join(folder.parts[1:])
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


@pytest.fixture(scope="session")
def infra_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/, for commands that leave files in it."""
    target = tmp_path_factory.mktemp("copy") / "infra"
    return Path(shutil.copytree(REPOSITORY / "infra", target, ignore=shutil.ignore_patterns(".terraform")))


@pytest.fixture(scope="session")
def empty_account() -> Iterator[dict[str, str]]:
    """The variables of an embedded AWS that holds nothing yet and enforces IAM."""
    with embedded_account() as env:
        yield env


@pytest.fixture(scope="session")
def first_plan(plans: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The plan of dev on an empty account, as `terraform show -json` gives it."""
    return plans["dev"]
