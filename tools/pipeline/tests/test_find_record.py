"""Which record of a review is found, and which are not believed."""

from pathlib import Path
from typing import Any

import pytest
from github_api import COMMIT, TOKEN, TREE, GitHubApi, zipped
from github_job import Job, Outcome

NAME = f"reviewed-dev-{TREE}"
RECORD = zipped(record__json='{"format": 1}')
OTHER = "d" * 40


def find(job: Job, tmp_path: Path) -> Outcome:
    return job.run("find-record", "dev", "--tree", TREE, "--out", tmp_path / "found.json")


def test_the_record_of_a_pull_request_that_passed_is_found(
    job: Job, github: GitHubApi, tmp_path: Path
) -> None:
    github.add_artifact(NAME, RECORD)

    outcome = find(job, tmp_path)

    assert (tmp_path / "found.json").read_text() == '{"format": 1}'
    assert outcome.outputs == {"found": "true"}
    assert f"/actions/runs/{next(iter(github.runs))}" in outcome.summary


def test_without_a_record_that_is_said_and_nothing_fails(job: Job, tmp_path: Path) -> None:
    outcome = find(job, tmp_path)

    assert (outcome.exit_code, outcome.outputs) == (0, {"found": "false"})
    assert "No record of a review of dev" in outcome.printed
    assert not (tmp_path / "found.json").exists()


def test_the_newest_of_several_counts(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    run = github.add_run()
    github.add_artifact(NAME, zipped(record__json="new"), run, created_at="2026-11-20T13:00:00Z")
    github.add_artifact(NAME, zipped(record__json="old"), run, created_at="2026-11-20T12:00:00Z")

    find(job, tmp_path)

    assert (tmp_path / "found.json").read_text() == "new"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (({"head_repository": {"id": 5}}, {}), "its pull request comes from a fork"),
        (({"head_repository": None}, {}), "its pull request comes from a fork"),
        (({"path": ".github/workflows/mine.yml"}, {}), "it is of the workflow .github/workflows/mine.yml"),
        (
            ({"path": ".github/workflows/mine.yml@x/.github/workflows/pull-request.yml"}, {}),
            "of the workflow",
        ),
        (({"event": "push"}, {}), "its run was started by push"),
        (({"event": "workflow_dispatch"}, {}), "its run was started by workflow_dispatch"),
        (({"conclusion": "failure"}, {}), "its run ended with failure"),
        (({"conclusion": None, "status": "in_progress"}, {}), "its run ended with nothing yet"),
        (({"head_sha": OTHER}, {}), f"its commit {OTHER[:12]} is not the one that was merged"),
        (({}, {"expired": True}), "it has expired"),
        (({}, {"size_in_bytes": 20_000_001}), "it has 20000001 bytes"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_record_that_anybody_could_have_made_does_not_count(
    job: Job, github: GitHubApi, tmp_path: Path, changed: tuple[dict[str, Any], dict[str, Any]], reason: str
) -> None:
    github.trees[OTHER] = "8" * 40
    of_the_run, of_the_artifact = changed
    github.add_artifact(NAME, RECORD, github.add_run(**of_the_run), **of_the_artifact)

    outcome = find(job, tmp_path)

    assert outcome.outputs == {"found": "false"}
    assert reason in outcome.printed


MERGED = {"head": {"sha": OTHER}, "base": {"ref": "main"}, "merged_at": "2026-11-20T13:00:00Z"}


def test_a_branch_behind_main_counts_when_its_head_is_what_was_merged(
    job: Job, github: GitHubApi, tmp_path: Path
) -> None:
    github.trees[OTHER] = "8" * 40
    github.merged = [MERGED]
    github.add_artifact(NAME, RECORD, github.add_run(head_sha=OTHER))

    assert find(job, tmp_path).outputs == {"found": "true"}


@pytest.mark.parametrize(
    "changed",
    [{"head": {"sha": "e" * 40}}, {"base": {"ref": "mine"}}, {"merged_at": None}],
    ids=["an earlier push", "into another branch", "not merged"],
)
def test_another_commit_than_the_merged_one_does_not_count(
    job: Job, github: GitHubApi, tmp_path: Path, changed: dict[str, Any]
) -> None:
    github.trees[OTHER] = "8" * 40
    github.merged = [MERGED | changed]
    github.add_artifact(NAME, RECORD, github.add_run(head_sha=OTHER))

    assert find(job, tmp_path).outputs == {"found": "false"}


def test_one_that_does_not_count_hides_none_that_does(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.add_artifact(NAME, zipped(record__json="reviewed"))
    for _ in range(120):
        github.add_artifact(NAME, zipped(record__json="forged"), github.add_run(event="push"))

    assert find(job, tmp_path).outputs == {"found": "true"}
    assert (tmp_path / "found.json").read_text() == "reviewed"


def test_a_path_with_its_ref_is_the_same_workflow(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    path = ".github/workflows/pull-request.yml@refs/pull/3/merge"
    github.add_artifact(NAME, RECORD, github.add_run(path=path))

    assert find(job, tmp_path).outputs == {"found": "true"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no zip", "cannot be read: File is not a zip file"),
        (zipped(), "must hold record.json alone; it has []"),
        (zipped(record__json="{}", more="x"), "must hold record.json alone"),
        (zipped(up__record__json="{}"), "must hold record.json alone; it has ['../record.json']"),
        (zipped(record__json=b"\xff\xfe"), "cannot be read: 'utf-8'"),
        (zipped(record__json=b"0" * 20_000_001), "The record is larger than 20000000 bytes"),
    ],
    ids=["no zip", "empty", "two files", "above the folder", "no text", "a bomb"],
)
def test_an_archive_of_another_shape_is_refused(
    job: Job, github: GitHubApi, tmp_path: Path, content: bytes, sentence: str
) -> None:
    github.add_artifact(NAME, content)

    outcome = find(job, tmp_path)

    assert outcome.exit_code == 1
    assert sentence in outcome.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job"]


def test_a_download_larger_than_said_is_not_read_to_its_end(
    job: Job, github: GitHubApi, tmp_path: Path
) -> None:
    github.add_artifact(NAME, b"0" * 20_000_001, size_in_bytes=10)

    assert "is larger than 20000000 bytes" in find(job, tmp_path).error


def test_another_content_than_github_says_is_refused(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.add_artifact(NAME, RECORD, digest=f"sha256:{'0' * 64}")

    assert f"but GitHub says sha256:{'0' * 64}" in find(job, tmp_path).error


def test_an_older_github_says_no_digest(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.add_artifact(NAME, RECORD, digest=None)

    assert find(job, tmp_path).outputs == {"found": "true"}


def test_the_files_of_head_are_looked_for_unless_others_are_named(
    job: Job, github: GitHubApi, tmp_path: Path
) -> None:
    outcome = job.run("find-record", "dev", "--out", tmp_path / "found.json")

    assert outcome.outputs == {"found": "false"}
    assert TREE[:12] not in outcome.printed


def test_a_root_that_does_not_exist_is_named(job: Job, tmp_path: Path) -> None:
    outcome = job.run("find-record", "qa", "--out", tmp_path / "found.json")

    assert outcome.exit_code == 2
    assert "it must be one of dev, prod, shared, staging" in outcome.error


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY"])
def test_outside_of_a_job_a_sentence_says_what_is_missing(job: Job, tmp_path: Path, missing: str) -> None:
    outcome = job.run("find-record", "dev", "--out", tmp_path / "found.json", **{missing: ""})

    assert outcome.exit_code == 2
    assert f"{missing} is not set" in outcome.error


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ((403, "Resource not accessible by integration"), "see `permissions` in the workflow"),
        ((401, "Bad credentials"), "the token is not valid"),
        ((404, "Not Found"), "it is not there, or the job's token may not see it"),
        ((422, "Validation Failed"), "GitHub refused reading example-org/jobs (422): Validation Failed"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_token(
    job: Job, github: GitHubApi, tmp_path: Path, said: tuple[int, str], sentence: str
) -> None:
    status, message = said
    github.fail(status, message)

    outcome = find(job, tmp_path)

    assert outcome.exit_code == 1
    assert message in outcome.error
    assert sentence in outcome.error
    assert TOKEN not in outcome.error + outcome.printed


def test_a_limit_is_waited_for(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.fail(403, "You have exceeded a secondary rate limit", Retry_After="0")
    github.fail(502, "Bad Gateway")
    github.add_artifact(NAME, RECORD)

    assert find(job, tmp_path).outputs == {"found": "true"}


def test_a_limit_of_an_hour_is_told_at_once(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.fail(403, "API rate limit exceeded for installation", X_RateLimit_Reset="4102444800")

    outcome = find(job, tmp_path)

    assert "API rate limit exceeded" in outcome.error
    assert "start the job again later" in outcome.error


def test_a_github_that_is_away_is_one_sentence(job: Job, tmp_path: Path) -> None:
    # Port 9 is discard's; nothing listens there.
    outcome = job.run("find-record", "dev", "--out", tmp_path / "x", GITHUB_API_URL="http://127.0.0.1:9")

    assert outcome.exit_code == 1
    assert outcome.error.startswith("GitHub does not answer (")


def test_the_commit_is_asked_for_its_files(job: Job, github: GitHubApi, tmp_path: Path) -> None:
    github.add_artifact(NAME, RECORD)

    find(job, tmp_path)

    assert ("GET", f"/repos/example-org/jobs/git/commits/{COMMIT}") in github.calls
