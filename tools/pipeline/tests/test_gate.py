"""When a run is green."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from github_job import Job, Outcome

ACCOUNT = "111122223333"
PULL_REQUEST: dict[str, Any] = {
    "pull_request": {"head": {"repo": {"id": 1}}},
    "repository": {"id": 1},
    "sender": {"type": "User"},
}
FORK = PULL_REQUEST | {"pull_request": {"head": {"repo": {"id": 2}}}}
DELETED_FORK = PULL_REQUEST | {"pull_request": {"head": {"repo": None}}}
BOT = PULL_REQUEST | {"sender": {"type": "Bot"}}


@pytest.fixture
def runner(tmp_path: Path) -> Job:
    """A job that asks GitHub nothing."""
    return Job(tmp_path)


def judge(
    runner: Job,
    results: dict[str, str],
    event: dict[str, Any] | None = None,
    *,
    name: str = "pull_request",
    account: str = ACCOUNT,
    **variables: str,
) -> Outcome:
    needs = json.dumps({job: {"result": result, "outputs": {}} for job, result in results.items()})
    given = {"NEEDS": needs, "AWS_ACCOUNT_ID": account, "GITHUB_EVENT_NAME": name, **variables}
    return replace(runner, event=PULL_REQUEST if event is None else event).run("gate", **given)


def test_a_run_is_green_when_all_jobs_passed(runner: Job) -> None:
    outcome = judge(runner, {"checks": "success", "plan": "success"})

    assert outcome.exit_code == 0
    assert "| checks | success | yes |  |" in outcome.summary


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
@pytest.mark.parametrize("job", ["checks", "images", "plan"])
def test_no_job_may_end_otherwise(runner: Job, job: str, result: str) -> None:
    outcome = judge(runner, {"checks": "success", "images": "success", "plan": "success"} | {job: result})

    assert outcome.exit_code == 1
    assert outcome.error.startswith(f"Not green: {job} ({result})")
    assert f"| {job} | {result} | **no** |" in outcome.summary


LEFT_OUT = [
    ("pull_request", FORK, ACCOUNT, "a pull request from a fork gets no role"),
    ("pull_request", DELETED_FORK, ACCOUNT, "a pull request from a fork gets no role"),
    ("pull_request", BOT, ACCOUNT, "a bot has pushed this"),
    ("pull_request", PULL_REQUEST, "", "AWS_ACCOUNT_ID is not set"),
    ("merge_group", {}, ACCOUNT, "no role trusts the merge queue"),
]
left_out = pytest.mark.parametrize(
    "case", LEFT_OUT, ids=["fork", "deleted fork", "bot", "no account", "merge queue"]
)


@left_out
def test_a_plan_is_left_out_for_a_reason_that_is_told(runner: Job, case: tuple[str, Any, str, str]) -> None:
    name, event, account, reason = case

    outcome = judge(runner, {"checks": "success", "plan": "skipped"}, event, name=name, account=account)

    assert outcome.exit_code == 0
    assert reason in outcome.summary
    assert "::notice title=Left out on purpose::" in outcome.printed


@left_out
@pytest.mark.parametrize("result", ["success", "failure", "cancelled"])
def test_one_that_ran_all_the_same_is_not_green(
    runner: Job, case: tuple[str, Any, str, str], result: str
) -> None:
    name, event, account, _ = case

    outcome = judge(runner, {"checks": "success", "plan": result}, event, name=name, account=account)

    assert outcome.exit_code == 1
    assert "it ran, though it should have been left out" in outcome.error


@left_out
def test_no_other_job_may_be_left_out(runner: Job, case: tuple[str, Any, str, str]) -> None:
    name, event, account, _ = case

    results = {"checks": "skipped", "plan": "skipped"}
    assert judge(runner, results, event, name=name, account=account).exit_code == 1


@pytest.mark.parametrize("name", ["push", "workflow_dispatch"])
def test_a_deployment_is_left_out_as_a_whole_without_an_account(runner: Job, name: str) -> None:
    skipped = {"shared": "skipped", "publish": "skipped", "prod": "skipped"}

    assert judge(runner, skipped, {}, name=name, account="").exit_code == 0
    assert judge(runner, skipped, {}, name=name).exit_code == 1
    assert judge(runner, skipped | {"prod": "success"}, {}, name=name, account="").exit_code == 1


def test_another_branch_than_main_is_not_deployed(runner: Job) -> None:
    outcome = judge(runner, {"prod": "skipped"}, {}, name="workflow_dispatch", GITHUB_REF="refs/heads/mine")

    assert outcome.exit_code == 0
    assert "only main is deployed, and this is refs/heads/mine" in outcome.printed


@pytest.mark.parametrize(
    "needs",
    ["", "{}", "[]", "no JSON", '{"checks": "success"}', '{"checks": {"result": "fine"}}', '{"checks": {}}'],
)
def test_what_is_no_result_is_bad_input(runner: Job, needs: str) -> None:
    outcome = judge(runner, {}, NEEDS=needs)

    assert outcome.exit_code == 2
    assert "NEEDS" in outcome.error


@pytest.mark.parametrize("missing", ["pull_request", "repository", "sender"])
def test_an_event_that_does_not_say_whose_it_is_is_bad_input(runner: Job, missing: str) -> None:
    event = {key: value for key, value in PULL_REQUEST.items() if key != missing}

    assert "does not say whose pull request it is" in judge(runner, {"plan": "skipped"}, event).error
