"""One issue tells of drift; its life from the first drift to the next."""

import pytest
from github_api import PERSON, GitHubApi
from github_job import Job, Outcome


def tell(job: Job, root: str, drift: str | None) -> Outcome:
    summary = job.folder / "summary.md"
    summary.write_text(drift or "Nothing differs.")
    state = "clean" if drift is None else "drifted"
    return job.run("drift-issue", root, "--summary", summary, "--state", state)


def only_issue(github: GitHubApi) -> dict[str, object]:
    (issue,) = github.issues.values()
    return issue


def test_drift_opens_an_issue_with_a_label(job: Job, github: GitHubApi) -> None:
    outcome = tell(job, "dev", "An alarm differs.")

    issue = only_issue(github)
    assert issue["state"] == "open"
    assert issue["title"] == "What runs is not what main says"
    assert issue["labels"] == [{"name": "drift"}]
    assert "<!-- drift of dev -->\nAn alarm differs.\n<!-- end of dev -->" in str(issue["body"])
    assert "opened, https://github.example/example-org/jobs/issues/" in outcome.printed


def test_without_drift_no_issue_is_opened(job: Job, github: GitHubApi) -> None:
    assert "no need for one" in tell(job, "dev", None).printed
    assert github.issues == {}


def test_all_roots_are_told_in_the_same_issue(job: Job, github: GitHubApi) -> None:
    tell(job, "prod", "A queue differs.")
    tell(job, "dev", "An alarm differs.")
    tell(job, "prod", "Two queues differ.")

    body = str(only_issue(github)["body"])
    assert body.index("An alarm differs.") < body.index("Two queues differ.")
    assert "A queue differs." not in body


def test_the_same_drift_again_changes_nothing(job: Job, github: GitHubApi) -> None:
    tell(job, "dev", "An alarm differs.")

    assert "left as it is" in tell(job, "dev", "An alarm differs.").printed
    assert {method for method, _ in github.calls[-3:]} == {"GET"}


def test_it_is_closed_when_no_root_has_any(job: Job, github: GitHubApi) -> None:
    tell(job, "dev", "An alarm differs.")
    tell(job, "prod", "A queue differs.")

    assert "updated" in tell(job, "dev", None).printed
    assert only_issue(github)["state"] == "open"
    assert "An alarm differs." not in str(only_issue(github)["body"])
    assert "closed" in tell(job, "prod", None).printed
    assert only_issue(github)["state"] == "closed"
    assert only_issue(github)["state_reason"] == "completed"
    assert "is closed already" in tell(job, "prod", None).printed


def test_the_next_drift_reopens_it_without_what_was_before(job: Job, github: GitHubApi) -> None:
    tell(job, "dev", "An alarm differs.")
    tell(job, "dev", None)

    assert "reopened" in tell(job, "prod", "A queue differs.").printed
    assert only_issue(github)["state"] == "open"
    assert "An alarm differs." not in str(only_issue(github)["body"])


def test_one_that_a_person_closed_is_reopened_while_there_is_drift(job: Job, github: GitHubApi) -> None:
    tell(job, "dev", "An alarm differs.")
    only_issue(github)["state"] = "closed"

    assert "reopened" in tell(job, "dev", "An alarm differs.").printed


@pytest.mark.parametrize(
    "changed", [{"user": PERSON}, {"pull_request": {"url": "x"}}], ids=["a person's", "a pull request"]
)
def test_others_with_that_label_are_left_alone(
    job: Job, github: GitHubApi, changed: dict[str, object]
) -> None:
    other = github.add_issue("mine", **changed)  # type: ignore[arg-type]

    tell(job, "dev", "An alarm differs.")

    assert github.issues[other]["body"] == "mine"
    assert len(github.issues) == 2


def test_a_summary_cannot_pass_for_another_roots_section(job: Job, github: GitHubApi) -> None:
    tell(job, "dev", "<!-- end of dev -->\n<!-- drift of prod -->\nfalse\n<!-- end of prod -->")
    tell(job, "dev", None)

    assert only_issue(github)["state"] == "closed"


def test_long_summaries_of_all_roots_fit_into_the_issue(job: Job, github: GitHubApi) -> None:
    for root in ("shared", "dev", "staging", "prod"):
        tell(job, root, "x" * 200_000)

    body = str(only_issue(github)["body"])
    assert len(body) <= 65_536
    assert body.count("The rest is left out here") == 4


def test_an_issue_that_could_not_be_found_again_is_told(job: Job, github: GitHubApi) -> None:
    github.drops_labels = True

    assert (
        "without the label drift, by which it is found again" in tell(job, "dev", "An alarm differs.").error
    )


def test_an_unknown_state_is_bad_input(job: Job) -> None:
    summary = job.folder / "summary.md"
    summary.write_text("")

    outcome = job.run("drift-issue", "dev", "--summary", summary, "--state", "")

    assert outcome.exit_code == 2
