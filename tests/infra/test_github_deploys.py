"""Jobs of GitHub make an environment, plan it and take it away again, each with its role, under IAM."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from deployment.product import GitHubRepository, product, write_product
from embedded_account import embedded_account
from github_jobs import ACCOUNT, MAIN, NAMES, PROJECT, REGION, REPOSITORY, WITH_IDS, client, take

# Minutes: a whole environment is made and destroyed.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

REPOSITORY_FOLDER = Path(__file__).resolve().parents[2]
Terraform = Callable[..., subprocess.CompletedProcess[str]]
STATES = f"{PROJECT}-state-{ACCOUNT}"
NO_CHANGES = 0
QUIET = ["-input=false", "-no-color"]


@pytest.fixture(scope="module")
def infra_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/ where product.json names the repository, as `pipeline bootstrap` leaves it."""
    folder = tmp_path_factory.mktemp("bootstrapped") / "infra"
    shutil.copytree(REPOSITORY_FOLDER / "infra", folder, ignore=shutil.ignore_patterns(".terraform"))
    _let_deploy(folder, GitHubRepository(**REPOSITORY))
    return folder


def _let_deploy(infra: Path, github: GitHubRepository | None) -> None:
    write_product(infra / "envs/product.json", replace(product(), aws_account_id=ACCOUNT, github=github))


@pytest.fixture(scope="module")
def account(infra_copy: Path, terraform: Terraform) -> Iterator[dict[str, str]]:
    """An account where a person has applied `shared` with GitHub's access, as docs/day-1.md says."""
    with embedded_account() as embedded:
        env = {**embedded, "TF_CLI_ARGS_init": f"-backend-config=bucket={STATES}"}
        client(env, "s3").create_bucket(Bucket=STATES)
        shared = infra_copy / "envs/shared"
        for arguments in (["init", "-lockfile=readonly"], ["apply", "-auto-approve"]):
            done = terraform(shared, *arguments, *QUIET, env=env)
            assert done.returncode == 0, done.stderr
        yield env


def test_jobs_deploy_dev_plan_it_and_destroy_it(
    account: dict[str, str], infra_copy: Path, terraform: Terraform
) -> None:
    dev = infra_copy / "envs/dev"
    deployer = take(account, "apply-dev", sub=f"{WITH_IDS}:environment:dev", ref=MAIN)
    planner = take(account, "plan", sub=f"{NAMES}:pull_request", ref="refs/pull/7/merge")

    def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        return terraform(dev, *arguments, *QUIET, env=env)

    assert run(deployer, "init", "-lockfile=readonly").returncode == 0
    applied = run(deployer, "apply", "-auto-approve")
    assert applied.returncode == 0, applied.stderr
    made = re.search(r"Apply complete! Resources: (\d+) added", applied.stdout)
    assert made is not None
    for service in ("main-job", "background-job"):
        for kind in ("task", "execution"):
            role = client(account, "iam").get_role(RoleName=f"{PROJECT}-dev-{service}-{kind}")["Role"]
            boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
            assert boundary == f"arn:aws:iam::{ACCOUNT}:policy/{PROJECT}-dev-boundary"

    _try_out(deployer)

    planned = run(planner, "plan", "-lock=false", "-detailed-exitcode")
    assert planned.returncode == NO_CHANGES, planned.stdout + planned.stderr
    changed = run(deployer, "apply", "-auto-approve", "-var=log_retention_days=30")
    assert changed.returncode == 0, changed.stderr

    destroyed = run(deployer, "destroy", "-auto-approve")
    assert destroyed.returncode == 0, destroyed.stderr
    assert f"Resources: {made[1]} destroyed" in destroyed.stdout


def _try_out(deployer: dict[str, str]) -> None:
    """Through the deployed queue and table, which are encrypted with the environment's own key."""
    queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{PROJECT}-dev-main-job-triggers"
    client(deployer, "sqs").send_message(QueueUrl=queue, MessageBody='{"trigger":"synthetic"}')
    job = {"TableName": f"{PROJECT}-dev-ledger", "Key": {"jobId": {"S": "01KAGGQYJVQ9W1DFWF077YMGA1"}}}
    seen = client(deployer, "dynamodb").get_item(
        **job, ProjectionExpression="#state", ExpressionAttributeNames={"#state": "state"}
    )
    assert "Item" not in seen


def test_a_job_deploys_no_other_environment(
    account: dict[str, str], infra_copy: Path, terraform: Terraform
) -> None:
    staging = infra_copy / "envs/staging"
    deployer = take(account, "apply-dev", sub=f"{WITH_IDS}:environment:dev", ref=MAIN)
    assert terraform(staging, "init", "-lockfile=readonly", *QUIET, env=deployer).returncode == 0

    applied = terraform(staging, "apply", "-auto-approve", *QUIET, env=deployer)

    assert applied.returncode != 0
    assert "Error acquiring the state lock" in applied.stderr
    assert "AccessDenied" in applied.stderr


def test_a_role_without_the_boundary_is_not_made(
    account: dict[str, str], infra_copy: Path, terraform: Terraform
) -> None:
    dev = infra_copy / "envs/dev"
    deployer = take(account, "apply-dev", sub=f"{WITH_IDS}:environment:dev", ref=MAIN)
    role = "-target=module.stack.module.main_job.module.service.aws_iam_role.task"

    applied = terraform(
        dev, "apply", "-auto-approve", role, "-var=deployed_by_github=false", *QUIET, env=deployer
    )

    assert applied.returncode != 0
    assert re.search(r"operation error IAM: CreateRole, .*StatusCode: 403", applied.stderr)


def test_the_job_of_shared_plans_clean_and_cannot_change_who_deploys(
    account: dict[str, str], infra_copy: Path, terraform: Terraform
) -> None:
    shared = infra_copy / "envs/shared"
    deployer = take(account, "apply-shared", sub=f"{WITH_IDS}:environment:shared", ref=MAIN)

    planned = terraform(shared, "plan", "-detailed-exitcode", *QUIET, env=deployer)
    _let_deploy(infra_copy, None)
    removed = terraform(shared, "apply", "-auto-approve", *QUIET, env=deployer)

    assert planned.returncode == NO_CHANGES, planned.stdout + planned.stderr
    assert removed.returncode != 0
    assert re.search(r"operation error IAM: \w+, .*StatusCode: 403", removed.stderr)
