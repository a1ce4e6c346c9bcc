"""One comment a root on a pull request."""

from pathlib import Path

import pytest
from github_api import BOT, PERSON, GitHubApi
from github_job import Job, Outcome

MARKER = "<!-- pipeline plan: dev -->"


def comment(job: Job, text: str, *, root: str = "dev", number: str = "3") -> Outcome:
    body = job.folder / "comment.md"
    body.write_text(text)
    return job.run("comment", root, "--body", body, "--pull-request", number)


def bodies(github: GitHubApi) -> list[str]:
    return [each["body"] for each in github.comments.values()]


def test_the_first_plan_is_a_new_comment(job: Job, github: GitHubApi) -> None:
    outcome = comment(job, "**dev**: 1 to change\n")

    assert bodies(github) == [f"{MARKER}\n**dev**: 1 to change\n"]
    assert "/pull/3#issuecomment-" in outcome.printed


def test_a_newer_plan_takes_its_place(job: Job, github: GitHubApi) -> None:
    comment(job, "old")
    comment(job, "new")

    assert bodies(github) == [f"{MARKER}\nnew"]


def test_each_root_has_its_own(job: Job, github: GitHubApi) -> None:
    comment(job, "of dev")
    comment(job, "of prod", root="prod")
    comment(job, "of dev again")

    assert [text.splitlines()[-1] for text in bodies(github)] == ["of dev again", "of prod"]


def test_it_is_found_behind_a_hundred_others(job: Job, github: GitHubApi) -> None:
    for number in range(120):
        github.add_comment(f"remark {number}", PERSON)
    comment(job, "old")
    comment(job, "new")

    assert bodies(github)[120:] == [f"{MARKER}\nnew"]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        (f"{MARKER}\nlooks like ours", PERSON),
        (f"{MARKER}\nof another app", {"login": "other-app[bot]", "id": 1, "type": "Bot"}),
        (f"{MARKER}\nof a person with that name", {"login": BOT["login"], "id": 1, "type": "User"}),
        (f"> {MARKER}\nquoted", BOT),
        ("<!-- pipeline plan: development -->\nof another root", BOT),
    ],
)
def test_what_is_not_ours_stays_as_it_is(
    job: Job, github: GitHubApi, text: str, user: dict[str, str]
) -> None:
    github.add_comment(text, user)

    comment(job, "new")

    assert bodies(github) == [text, f"{MARKER}\nnew"]


def test_a_comment_whose_author_is_gone_is_passed_over(job: Job, github: GitHubApi) -> None:
    number = github.add_comment(MARKER)
    github.comments[number]["user"] = None

    comment(job, "new")

    assert len(github.comments) == 2


def test_a_second_one_of_ours_is_taken_away(job: Job, github: GitHubApi) -> None:
    github.add_comment(f"{MARKER}\nfirst")
    github.add_comment(f"{MARKER}\nsecond, from a call that was repeated")

    comment(job, "new")

    assert bodies(github) == [f"{MARKER}\nnew"]


def test_a_comment_longer_than_github_takes_is_refused(job: Job, github: GitHubApi) -> None:
    outcome = comment(job, "x" * 65_536)

    assert outcome.exit_code == 2
    assert "GitHub takes 65536" in outcome.error
    assert github.comments == {}


def test_a_pull_request_that_is_not_there_is_told(job: Job) -> None:
    assert "writing into pull request 4 (404)" in comment(job, "new", number="4").error


def test_a_missing_file_is_told(job: Job, tmp_path: Path) -> None:
    outcome = job.run("comment", "dev", "--body", tmp_path / "none.md", "--pull-request", "3")

    assert outcome.error == f"{tmp_path / 'none.md'} cannot be read: No such file or directory."
