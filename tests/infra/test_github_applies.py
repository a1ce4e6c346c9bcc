"""`pipeline apply` with the role that GitHub's job of an environment gets, where IAM is enforced."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deploys_world import World
from embedded_account import embedded_account
from github_jobs import MAIN, REGION, TERRAFORM_VARIABLE, WITH_IDS, take

Terraform = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
FAILED = 1


@pytest.fixture(scope="module")
def world(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A small repository, and an account with GitHub's access."""
    folder = tmp_path_factory.mktemp("applies")
    shared = shutil.copytree(REPOSITORY / "infra", folder / "infra") / "envs/shared"
    (shared / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    with embedded_account() as env:
        for arguments in (
            ["init", "-lockfile=readonly"],
            ["apply", "-auto-approve", "-target=module.github_access"],
        ):
            done = terraform(shared, *arguments, "-input=false", "-no-color", env=env | TERRAFORM_VARIABLE)
            assert done.returncode == 0, done.stderr
        yield World(folder / "clone", env["AWS_ENDPOINT_URL"]).make()


def job(world: World, environment: str) -> dict[str, str]:
    """What a job of GitHub's has in its environment."""
    keys = take(
        {"AWS_ENDPOINT_URL": world.endpoint, "AWS_REGION": REGION},
        f"apply-{environment}",
        sub=f"{WITH_IDS}:environment:{environment}",
        ref=MAIN,
    )
    return world.environment() | keys


def test_the_role_of_an_environment_is_enough_to_deploy_it(world: World) -> None:
    reviewed = world.review("staging")

    done = world.apply("staging", reviewed, env=job(world, "staging"))

    assert done.returncode == 0, done.stderr
    assert world.thresholds() == {"depth": 5}
    assert world.deployed("staging")["phase"] == "deployed"


def test_the_role_of_another_environment_changes_nothing(world: World) -> None:
    world.commit("raise the threshold", "staging", thresholds={"depth": 6})
    reviewed = world.review("staging")

    done = world.apply("staging", reviewed, env=job(world, "prod"))

    assert done.returncode == FAILED
    assert "PutObject was refused by staging in account 123456789012" in done.stderr
    assert world.thresholds() == {"depth": 5}
