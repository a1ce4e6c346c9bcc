"""Terraform for the tests: the same one that `make up` uses, with working files in a temporary folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

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
            [sys.executable, "-m", "jobctl.terraform", "--", f"-chdir={folder}", *arguments],
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
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded_aws", "--port", "0", "--enforce-iam"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        endpoint = str(json.loads(process.stdout.readline())["endpoint"])
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="session")
def first_plan(plans: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The plan of dev on an empty account, as `terraform show -json` gives it."""
    return plans["dev"]
