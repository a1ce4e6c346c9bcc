"""`pipeline settings`: what workflows learn from infra/envs/product.json."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from deployment.product import PLACE, Product, write_product

FORK = Product("shop", "eu-central-1", "111122223333")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for file in (tmp_path / PLACE, tmp_path / "tools/jobctl/pyproject.toml"):
        file.parent.mkdir(parents=True)
        file.touch()
    write_product(tmp_path / PLACE, FORK)
    return tmp_path


def settings(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "settings", *arguments],
        cwd=clone,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_job_learns_its_region_and_its_role(clone: Path) -> None:
    done = settings(clone, "--account", "111122223333", "--role", "apply-dev")

    assert done.stdout.splitlines() == [
        "project=shop",
        "region=eu-central-1",
        "role-arn=arn:aws:iam::111122223333:role/shop-github-apply-dev",
    ]


def test_the_account_of_the_file_will_do(clone: Path) -> None:
    assert ":111122223333:role/shop-github-plan" in settings(clone, "--role", "plan").stdout


def test_another_account_than_the_files_is_refused(clone: Path) -> None:
    done = settings(clone, "--account", "444455556666", "--role", "plan")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "The account is 444455556666, but infra/envs/product.json names 111122223333" in done.stderr


def test_a_role_without_an_account_is_refused(clone: Path) -> None:
    write_product(clone / PLACE, replace(FORK, aws_account_id=None))

    done = settings(clone, "--role", "plan")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "give --account, or set aws_account_id" in done.stderr
