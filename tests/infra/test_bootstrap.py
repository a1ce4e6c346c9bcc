"""Day 1 in an account, with real Terraform: once, again, after an interruption, beside another provider."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from deployment.product import PLACE, GitHubRepository, Product, read_product
from fork_clone import ACCOUNT, STEP_SECONDS, ForkClone

FORK = Product("shop", "eu-central-1")
JOBS = GitHubRepository("example-org", "jobs", "4211", "987654")
BOOTSTRAP = (
    *("pipeline", "bootstrap", "--yes", "--repository=example-org/jobs"),
    *("--owner-id=4211", "--repository-id=987654"),
)
# The usual way, and that a second time changes nothing, are in test_day_1_page.py.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * STEP_SECONDS)]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[ForkClone]:
    """A fork's clone on an embedded AWS that holds nothing."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield ForkClone(tmp_path / "clone", json.loads(server.stdout.readline())["endpoint"], FORK)
        finally:
            server.terminate()


def test_it_makes_everything_once_beside_a_provider_that_others_made(clone: ForkClone) -> None:
    provider = _make_provider(clone.env)

    code, said = clone.run(*BOOTSTRAP)

    assert code == 0, said
    assert "infra/envs/product.json now names account 111122223333, deployed by example-org/jobs" in said
    assert f"s3://shop-state-{ACCOUNT}" in said
    assert "bash .local/github-settings.sh" in said
    assert read_product(clone.folder / PLACE) == Product("shop", "eu-central-1", ACCOUNT, JOBS, provider)
    assert "AWS_ACCOUNT_ID --body 111122223333" in (clone.folder / ".local/github-settings.sh").read_text()

    # Neither the options nor an answer to Terraform are needed now: nothing is left to do.
    code, said = clone.run("pipeline", "bootstrap")

    assert code == 0, said
    assert "No changes." in said
    assert "now names" not in said


def test_what_was_interrupted_is_completed_by_the_same_command(clone: ForkClone) -> None:
    process = clone.start(*BOOTSTRAP)
    assert process.stdout is not None
    for line in process.stdout:
        if "aws_iam_openid_connect_provider" in line and "Creation complete" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    said = process.stdout.read()
    assert process.wait() == 1, said
    assert "The root shared was not applied; Terraform says why above. Run the same command again" in said

    code, said = clone.run(*BOOTSTRAP)

    assert code == 0, said
    assert "Apply complete!" in said
    # The provider is the one that the first run made, and stays Terraform's.
    assert read_product(clone.folder / PLACE) == Product("shop", "eu-central-1", ACCOUNT, JOBS)
    code, said = clone.run(*BOOTSTRAP)
    assert code == 0, said
    assert "No changes." in said


def _make_provider(env: dict[str, str]) -> str:
    iam = boto3.client(
        "iam",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env["AWS_SESSION_TOKEN"],
    )
    made = iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )
    return str(made["OpenIDConnectProviderArn"])
