"""`pipeline bootstrap` before Terraform: the repository, the account, the OIDC provider, or one sentence."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from deployment.errors import BadInput, ToolError
from deployment.product import PLACE, GitHubRepository, Product, read_product, write_product
from deployment.target import local_target
from deployment.variables import process_environment
from pipeline.bootstrap.oidc_provider import foreign_provider
from pipeline.bootstrap.repository_facts import find_repository_on_github

JOBS = GitHubRepository("example-org", "jobs", "4211", "987654")
FORK = Product("shop", "eu-central-1")
ACCOUNT = "222233334444"
# In two parts: a whole one looks like somebody's address.
SSH = "git" + "@github.com"
ISSUER = "https://token.actions.githubusercontent.com"
FACTS = {"owner": {"login": "example-org", "id": 4211}, "name": "jobs", "id": 987654}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the root shared, whose remote is on GitHub."""
    folder = tmp_path / "clone"
    for file in (PLACE, Path("tools/jobctl/pyproject.toml"), Path("infra/envs/shared/backend.tf")):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    write_product(folder / PLACE, FORK)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    _remote(folder, f"{SSH}:example-org/jobs.git")
    return folder


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `gh` on PATH that says this of every repository."""

    def install(answer: str) -> None:
        (tmp_path / "answer").write_text(answer)
        (tmp_path / "gh").write_text(f'#!/bin/sh\ncat "{tmp_path}/answer"\n')
        (tmp_path / "gh").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


def _remote(clone: Path, url: str) -> None:
    subprocess.run(["git", "-C", str(clone), "config", "remote.origin.url", url], check=True)


@pytest.mark.parametrize(
    "url",
    [
        f"{SSH}:example-org/jobs.git",
        "https://github.com/example-org/jobs",
        "https://github.com/example-org/jobs.git",
        f"ssh://{SSH}/example-org/jobs.git",
    ],
)
def test_the_repository_is_the_remotes_and_its_numbers_are_githubs(
    url: str, clone: Path, gh: Callable[[str], None]
) -> None:
    _remote(clone, url)
    gh(json.dumps(FACTS))

    assert find_repository_on_github(clone, None, None, None) == JOBS


def test_what_is_given_is_taken(clone: Path) -> None:
    assert find_repository_on_github(clone, "example-org/jobs", "4211", "987654") == JOBS


@pytest.mark.parametrize("answer", ["", "{}", "not json", "[]"])
def test_a_gh_that_does_not_know_is_one_sentence(answer: str, clone: Path, gh: Callable[[str], None]) -> None:
    gh(answer)

    with pytest.raises(BadInput, match=r"did not say the repository's numbers; log in with `gh auth login`"):
        find_repository_on_github(clone, None, None, None)


@pytest.mark.parametrize("url", ["https://git.example.com/jobs.git", ""])
def test_a_remote_elsewhere_is_one_sentence(url: str, clone: Path) -> None:
    _remote(clone, url)

    with pytest.raises(BadInput, match=r"git's remote `origin` is .*; give --repository OWNER/NAME"):
        find_repository_on_github(clone, None, None, None)


@pytest.mark.parametrize("name", ["jobs", "example-org/", "example-org/jobs/x", "a b/c"])
def test_a_name_that_is_none_is_refused(name: str, clone: Path) -> None:
    with pytest.raises(BadInput, match="it must be OWNER/NAME"):
        find_repository_on_github(clone, name, None, None)


def test_one_number_without_the_other_is_refused(clone: Path) -> None:
    with pytest.raises(BadInput, match="belong together"):
        find_repository_on_github(clone, None, "4211", None)


def test_a_provider_of_others_is_used_and_our_own_is_not_taken_for_one(aws_endpoint: str) -> None:
    iam = local_target(aws_endpoint).client("iam")
    assert foreign_provider(iam, None) is None
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])[
        "OpenIDConnectProviderArn"
    ]
    resource = {"mode": "managed", "type": "aws_iam_openid_connect_provider"}
    state = {"resources": [resource | {"instances": [{"attributes": {"arn": arn}}]}]}
    try:
        assert foreign_provider(iam, None) == arn
        assert foreign_provider(iam, {"resources": []}) == arn
        assert foreign_provider(iam, state) is None
    finally:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_a_provider_for_another_audience_is_refused_with_what_to_do(aws_endpoint: str) -> None:
    iam = local_target(aws_endpoint).client("iam")
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["https://github.com/example-org"])[
        "OpenIDConnectProviderArn"
    ]
    try:
        with pytest.raises(ToolError, match="add it with `aws iam add-client-id-to-open-id-connect-provider"):
            foreign_provider(iam, None)
    finally:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def _refused(clone: Path, endpoint: str, *arguments: str, **changes: str) -> tuple[int, str]:
    """Exit code and the last line on stderr; Terraform was not started and the file is as it was."""
    role = f"arn:aws:iam::{ACCOUNT}:role/administrator"
    sts = local_target(endpoint).client("sts")
    keys = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    env = process_environment(os.environ, endpoint) | {
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    before = read_product(clone / PLACE)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "bootstrap", *arguments],
        cwd=clone,
        env={name: value for name, value in (env | changes).items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, read_product(clone / PLACE)) == ("", before)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()[-1]


def test_another_account_than_the_files_is_refused(clone: Path, aws_endpoint: str) -> None:
    write_product(clone / PLACE, replace(FORK, aws_account_id="111122223333"))

    code, said = _refused(clone, aws_endpoint, "--yes")

    assert code == 1
    assert f"for account {ACCOUNT}, but infra/envs/product.json names 111122223333" in said


def test_a_shell_in_another_region_is_refused(clone: Path, aws_endpoint: str) -> None:
    code, said = _refused(clone, aws_endpoint, "--yes", AWS_REGION="us-west-2")

    assert code == 1
    assert "AWS_REGION is us-west-2, but shared and its state are in eu-central-1" in said


def test_the_local_stack_is_none_of_its_business(clone: Path, aws_endpoint: str) -> None:
    code, said = _refused(clone, aws_endpoint, "--yes", AWS_SESSION_TOKEN="")

    assert code == 1
    assert "leads to the local stack, where `make up` does all of this" in said


def test_the_bucket_alone_can_be_made_again(clone: Path, aws_endpoint: str) -> None:
    """docs/disaster.md: where the states are gone, nothing may be applied yet."""
    env = process_environment(os.environ, aws_endpoint)
    region = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "bootstrap", "--bucket-only"],
            cwd=clone,
            env=env | region,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "The states are in s3://shop-state-123456789012.\n")
    assert read_product(clone / PLACE) == FORK


def test_too_many_reviewers_are_refused(clone: Path, aws_endpoint: str) -> None:
    code, said = _refused(clone, aws_endpoint, *(f"--reviewer=user{number}" for number in range(7)))

    assert (code, said) == (2, "pipeline: --reviewer is given 7 times; GitHub takes 6 at most.")


def test_numbers_that_are_none_are_refused(clone: Path, aws_endpoint: str) -> None:
    code, said = _refused(clone, aws_endpoint, "--owner-id=example-org", "--repository-id=1")

    assert code == 1
    assert 'has "example-org" as github.owner_id; it must be GitHub\'s number of the owner' in said
