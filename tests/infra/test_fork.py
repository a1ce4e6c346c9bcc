"""A fork sets its values in infra/envs/product.json, and nothing of ours is left in what it plans."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from deployment.product import PLACE, GitHubRepository, Product, product, write_product
from deployment.target import local_target
from deployment.variables import process_environment
from first_plans import ROOTS, FirstPlans, planned

REPOSITORY = Path(__file__).resolve().parents[2]
FORK = Product("shop", "eu-central-1", "111122223333", GitHubRepository("example-org", "shop", "4211", "98"))
UP_SECONDS = 600


@pytest.fixture(scope="module")
def fork_plans(tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str) -> FirstPlans:
    return FirstPlans(tmp_path_factory.mktemp("fork"), aws_endpoint, FORK)


@pytest.mark.waits
@pytest.mark.parametrize("root", ROOTS)
def test_a_fork_plans_with_its_own_name_and_region(root: str, fork_plans: FirstPlans) -> None:
    plan = fork_plans.path(root).read_text()

    assert plan.count(f"shop-{root}") > 1
    assert re.findall(rf"{product().project_name}|{product().aws_region}", plan) == []
    assert "eu-central-1" in plan


@pytest.mark.waits
def test_a_fork_that_names_its_repository_is_deployed_by_it(fork_plans: FirstPlans) -> None:
    """The roles of `shared` and what the environments need for them come from the same value."""
    roles = {role["name"] for role in planned(fork_plans["shared"], "aws_iam_role")}
    assert "shop-github-apply-dev" in roles

    boundaries = {role["permissions_boundary"] for role in planned(fork_plans["dev"], "aws_iam_role")}
    assert boundaries == {"arn:aws:iam::123456789012:policy/shop-dev-boundary"}


@pytest.mark.waits
def test_another_account_is_refused_by_terraform_itself(tmp_path: Path, aws_endpoint: str) -> None:
    other = replace(FORK, aws_account_id="111122223333", github=None)
    role = "arn:aws:iam::444455556666:role/operator"
    keys = local_target(aws_endpoint).client("sts").assume_role(RoleArn=role, RoleSessionName="test")
    theirs = {
        "AWS_ACCESS_KEY_ID": keys["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["Credentials"]["SessionToken"],
    }

    with pytest.raises(AssertionError, match="AWS account ID not allowed: 444455556666"):
        FirstPlans(tmp_path, aws_endpoint, other, **theirs).path("shared")


@pytest.mark.slow
@pytest.mark.timeout(UP_SECONDS)
def test_a_fork_has_a_local_stack_where_a_trigger_becomes_a_job(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, clone / name)
    write_product(clone / PLACE, FORK)

    done = subprocess.run(
        [sys.executable, "-m", "jobctl", "demo"],
        cwd=clone,
        env=process_environment(os.environ, None),
        capture_output=True,
        text=True,
        timeout=UP_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "/ecs/shop-dev/background-job" in done.stdout + done.stderr, done.stdout
