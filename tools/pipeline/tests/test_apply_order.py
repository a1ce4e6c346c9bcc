"""Which commit may follow which, and which of two deploys may write down that it began."""

import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from deployment.errors import BadInput, ToolError
from pipeline.apply.deployed import Deployed, DeployedRelease, Phase
from pipeline.apply.order import refuse_other_tree, refuse_out_of_order
from pipeline.release import Image, Release

AT = "2026-11-20T10:00:00Z"
IMAGES = {
    "main_job": Image("content-" + "a" * 64, "sha256:" + "b" * 64),
    "background_job": Image("content-" + "c" * 64),
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "author")
    git(folder, "config", "user.email", "author@example.com")
    return folder


def commit(folder: Path, message: str) -> str:
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def deployed(commit: str, phase: Phase = Phase.DEPLOYED) -> Deployed:
    return Deployed(commit, "0" * 40, {}, phase, AT)


@pytest.mark.parametrize("phase", Phase)
def test_the_same_commit_and_newer_ones_may_be_deployed(repository: Path, phase: Phase) -> None:
    first, second = commit(repository, "first"), commit(repository, "second")

    refuse_out_of_order(repository, second, None, "prod")
    refuse_out_of_order(repository, second, deployed(second, phase), "prod")
    refuse_out_of_order(repository, second, deployed(first, phase), "prod")


@pytest.mark.parametrize(
    ("phase", "state"), [(Phase.DEPLOYED, "is deployed"), (Phase.DEPLOYING, "was begun and not finished")]
)
def test_an_older_commit_is_refused_also_after_a_deploy_that_failed(
    repository: Path, phase: Phase, state: str
) -> None:
    first, second = commit(repository, "first"), commit(repository, "second")

    with pytest.raises(ToolError) as refusal:
        refuse_out_of_order(repository, first, deployed(second, phase), "prod")

    assert str(refusal.value) == (
        f"Commit {first[:12]} is older than {second[:12]}, which {state} in prod since {AT}; "
        "to go back, revert on main and deploy that commit: docs/rollback.md."
    )


def test_a_branch_beside_what_is_deployed_is_refused(repository: Path) -> None:
    commit(repository, "first")
    git(repository, "checkout", "-q", "-b", "mine")
    mine = commit(repository, "mine")
    git(repository, "checkout", "-q", "main")
    main = commit(repository, "second")

    with pytest.raises(ToolError, match=f"{mine[:12]} does not build upon {main[:12]}.*rebase"):
        refuse_out_of_order(repository, mine, deployed(main), "prod")


def test_what_shares_no_history_is_refused(repository: Path) -> None:
    first = commit(repository, "first")
    git(repository, "checkout", "-q", "--orphan", "other")
    other = commit(repository, "other")

    with pytest.raises(ToolError, match="does not build upon"):
        refuse_out_of_order(repository, other, deployed(first), "prod")


def test_a_shallow_clone_is_not_believed(repository: Path, tmp_path: Path) -> None:
    first, second = commit(repository, "first"), commit(repository, "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")

    with pytest.raises(ToolError, match=r"clone is shallow.*fetch-depth: 0"):
        refuse_out_of_order(tmp_path / "shallow", second, deployed(first), "prod")
    refuse_out_of_order(tmp_path / "shallow", second, deployed(second), "prod")


def test_a_commit_that_is_not_here_is_not_believed(repository: Path) -> None:
    first = commit(repository, "first")

    with pytest.raises(
        ToolError, match=r"aaaaaaaaaaaa, which prod runs .* is not in this clone; run `git fetch`"
    ):
        refuse_out_of_order(repository, first, deployed("a" * 40), "prod")


def test_another_tree_than_the_releases_is_refused(repository: Path) -> None:
    first, second = commit(repository, "first"), commit(repository, "second")

    refuse_other_tree(repository, second)
    with pytest.raises(BadInput, match=f"of commit {first[:12]}, but {second[:12]} is checked out"):
        refuse_other_tree(repository, first)


@pytest.fixture
def bucket(aws_endpoint: str, aws_session: boto3.Session) -> tuple[Any, str]:
    s3, name = aws_session.client("s3", endpoint_url=aws_endpoint), f"states-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return s3, name


def release(letter: str) -> Release:
    return Release(letter * 40, "1" * 40, IMAGES)


def test_what_is_deployed_is_written_down_step_by_step(bucket: tuple[Any, str]) -> None:
    place = DeployedRelease(*bucket, "prod")
    assert place.read() is None

    place.begin(release("a"), now=0)
    begun = DeployedRelease(*bucket, "prod").read()
    place.finish(now=60)
    finished = DeployedRelease(*bucket, "prod").read()

    digests = {"main_job": "sha256:" + "b" * 64}
    assert begun == Deployed("a" * 40, "1" * 40, digests, Phase.DEPLOYING, "1970-01-01T00:00:00Z")
    assert finished == Deployed("a" * 40, "1" * 40, digests, Phase.DEPLOYED, "1970-01-01T00:01:00Z")
    assert DeployedRelease(*bucket, "staging").read() is None


@pytest.mark.parametrize("first_of_all", [True, False])
def test_of_deploys_that_race_one_begins(bucket: tuple[Any, str], first_of_all: bool) -> None:
    if not first_of_all:
        before = DeployedRelease(*bucket, "prod")
        before.read()
        before.begin(release("0"))
    racers = {letter: DeployedRelease(*bucket, "prod") for letter in "abcdef"}
    for racer in racers.values():
        racer.read()

    def begin(letter: str) -> str:
        try:
            racers[letter].begin(release(letter))
        except ToolError as error:
            return str(error)
        return "begun"

    with ThreadPoolExecutor(len(racers)) as pool:
        answers = list(pool.map(begin, racers))

    winner = DeployedRelease(*bucket, "prod").read()
    assert winner is not None
    assert answers.count("begun") == 1
    assert (
        sum(f"another deploy of prod of commit {winner.commit[:12]} since" in each for each in answers) == 5
    )


def test_who_was_overtaken_meanwhile_does_not_say_that_it_is_deployed(bucket: tuple[Any, str]) -> None:
    slow, quick = (DeployedRelease(*bucket, "prod") for _ in range(2))
    slow.read()
    slow.begin(release("a"))
    quick.read()
    quick.begin(release("b"))

    with pytest.raises(ToolError, match="another deploy of prod of commit bbbbbbbbbbbb"):
        slow.finish()


def test_a_write_whose_answer_was_lost_is_no_race(bucket: tuple[Any, str]) -> None:
    place, twin = (DeployedRelease(*bucket, "prod") for _ in range(2))
    place.read()
    twin.read()
    twin.begin(release("a"), now=0)

    place.begin(release("a"), now=0)
    place.finish(now=1)

    assert place.read() == twin.read()


def test_an_object_of_somebody_else_is_not_believed(bucket: tuple[Any, str]) -> None:
    s3, name = bucket
    for body in (b"no JSON", b'{"commit": "a"}', b"[]", b'{"format": 1, "phase": "gone"}'):
        s3.put_object(Bucket=name, Key="prod/release.json", Body=body)
        with pytest.raises(ToolError, match="does not say which commit is deployed"):
            DeployedRelease(s3, name, "prod").read()
