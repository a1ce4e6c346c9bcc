"""A load test by hand: which are refused before anything is sent, who approves, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from github_api import PERSON, GitHubApi
from github_job import Job, Outcome

ACCOUNT = {"AWS_ACCOUNT_ID": "111122223333"}
ASKED = {
    "--env": "dev",
    "--scenario": "steady",
    "--count": "600",
    "--rate": "10",
    "--type": "main-job-processing",
}
BASELINE = "benchmarks/load/dev-steady-600-at-10-main-job-processing.json"
WAIT_SECONDS = 240
REPOSITORY = Path(__file__).resolve().parents[3]
# Stands for `jobctl load` where its exit code is the point: it writes down what it was given, and a report.
PROGRAM = """
import json, os, pathlib, signal, sys, time
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir()
(out / "given.json").write_text(json.dumps(sys.argv[1:]))
if os.environ.get("WAITS"):
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    print("sending", flush=True)
    time.sleep(600)
if os.environ.get("REPORTS"):
    (out / "report.json").write_text("{}")
    (out / "summary.md").write_text("| sent | 600 |")
sys.exit(int(os.environ["CODE"]))
"""


def options(changed: dict[str, str]) -> list[str]:
    return [word for pair in (ASKED | changed).items() for word in pair]


def check(job: Job, changed: dict[str, str] | None = None, **variables: str) -> Outcome:
    return job.run("load-check", *options(changed or {}), **(ACCOUNT | variables))


def test_a_load_of_dev_may_begin_at_once(job: Job) -> None:
    outcome = check(job)

    assert (outcome.exit_code, outcome.outputs) == (0, {"approval": "false"})
    assert "steady load on dev: 600 triggers of type main-job-processing, 10 a second." in outcome.summary


def test_a_load_of_prod_waits_for_an_approval_and_says_so(job: Job) -> None:
    outcome = check(job, {"--env": "prod"})

    assert outcome.outputs == {"approval": "true"}
    assert "It waits for an approval of prod-approval." in outcome.summary


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--env": "qa"}, "ENV is 'qa'; it must be one of dev, prod, shared, staging."),
        ({"--env": "shared"}, "where no service runs"),
        ({"--env": "../dev"}, "ENV is '../dev'; it must be one of"),
        ({"--scenario": "flood"}, "'flood' is not one of 'steady', 'burst', 'ramp', 'soak'"),
        ({"--count": "0"}, "0 is not in the range x>=1"),
        ({"--count": "many"}, "'many' is not a valid integer"),
        ({"--count": ""}, "'' is not a valid integer"),
        ({"--rate": "0"}, "0.0 is not in the range x>0"),
        ({"--rate": "nan"}, "--rate is nan; it must be a number of triggers a second"),
        ({"--rate": "inf"}, "--rate is inf; it must be a number"),
        ({"--type": "a b"}, "--type: jobType 'a b' is not a name"),
        ({"--type": "$(id)"}, "--type: jobType '$(id)' is not a name"),
        ({"--count": "100000"}, "is sent in 167 minutes; a workflow has 30, so send fewer or faster"),
    ],
    ids=lambda value: next(iter(value.items())).__str__() if isinstance(value, dict) else None,
)
def test_what_cannot_be_a_load_is_one_sentence(job: Job, changed: dict[str, str], says: str) -> None:
    outcome = check(job, changed)

    assert (outcome.exit_code, outcome.outputs) == (2, {})
    assert says in outcome.error


def test_another_branch_is_refused(job: Job) -> None:
    outcome = check(job, GITHUB_REF="refs/heads/mine")

    assert (outcome.exit_code, outcome.outputs) == (1, {})
    assert "This is refs/heads/mine, and only main's workflow gets a role" in outcome.error


def test_a_repository_without_an_account_is_refused(job: Job) -> None:
    outcome = check(job, AWS_ACCOUNT_ID="")

    assert (outcome.exit_code, outcome.outputs) == (1, {})
    assert "AWS_ACCOUNT_ID is not set" in outcome.error


def review(state: str = "approved", environment: str = "prod-approval") -> dict[str, Any]:
    return {"state": state, "comment": "", "user": PERSON, "environments": [{"name": environment}]}


def test_a_reviewer_approves_a_load_of_prod(job: Job, github: GitHubApi) -> None:
    github.approvals = [review()]

    outcome = job.run("load-approved", "prod")

    assert (outcome.exit_code, outcome.printed) == (0, "ada has approved the load test in prod-approval.\n")


@pytest.mark.parametrize("reviews", [[], [review("rejected")], [review(environment="dev-approval")]])
def test_what_nobody_has_approved_is_refused(
    job: Job, github: GitHubApi, reviews: list[dict[str, Any]]
) -> None:
    github.approvals = reviews

    outcome = job.run("load-approved", "prod")

    assert outcome.exit_code == 1
    assert outcome.error.startswith(
        "Nobody has approved a load test of prod. Give the environment prod-approval"
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with a program in the place of jobctl."""
    for name in ("infra/envs/product.json", "infra/envs/dev/backend.tf"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((REPOSITORY / name).read_bytes())
    texts = {"program/jobctl/__init__.py": "", "program/jobctl/__main__.py": PROGRAM}
    for name, text in (texts | {"tools/jobctl/pyproject.toml": ""}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def start(clone: Path, *more: str, **variables: str) -> "subprocess.Popen[str]":
    own = {"PYTHONPATH": str(clone / "program"), "GITHUB_STEP_SUMMARY": str(clone / "page.md"), **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "load-test", *options({}), "--out", "load", *more],
        cwd=clone,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def load(clone: Path, *more: str, **variables: str) -> tuple[int, str, str]:
    """Exit code, what was said, and the page of the run."""
    with start(clone, *more, **variables) as process:
        said = "".join(process.communicate(timeout=WAIT_SECONDS))
    page = clone / "page.md"
    return process.returncode, said, page.read_text() if page.exists() else ""


def with_baseline(clone: Path) -> Path:
    file = clone / BASELINE
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    return file


def test_a_load_is_compared_with_the_stored_baseline(clone: Path) -> None:
    baseline = with_baseline(clone)

    code, said, page = load(clone, CODE="0", REPORTS="1")

    assert code == 0
    assert json.loads((clone / "load/given.json").read_text()) == [
        *("load", "--env", "dev", "--scenario", "steady", "--count", "600", "--rate", "10"),
        *("--type", "main-job-processing", "--out", "load", "--baseline", str(baseline)),
    ]
    assert f"| sent | 600 |\n\n**dev is no worse than {BASELINE}.**" in page
    assert "dev is no worse" in said


def test_prod_is_confirmed_by_whoever_says_so(clone: Path) -> None:
    assert load(clone, "--confirm-prod", CODE="0", REPORTS="1")[0] == 0

    assert json.loads((clone / "load/given.json").read_text())[-1] == "--confirm-prod"


def test_without_a_baseline_the_run_says_how_to_make_one(clone: Path) -> None:
    code, _, page = load(clone, CODE="0", REPORTS="1")

    assert code == 0
    assert "--baseline" not in json.loads((clone / "load/given.json").read_text())
    assert f"There is no {BASELINE} yet, so nothing was compared" in page


def test_a_regression_fails_with_a_sentence_and_the_summary(clone: Path) -> None:
    with_baseline(clone)

    code, said, page = load(clone, CODE="2", REPORTS="1")

    assert code == 2
    assert f"pipeline: dev is worse than {BASELINE} by more than is tolerated" in said
    assert page.startswith("| sent | 600 |")
    assert "**dev is worse than" in page


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1", "The load test of dev failed"),
        ("2", "The load test of dev was refused"),
        ("130", "The load test of dev was interrupted"),
        ("7", "ended with code 7, which it never should"),
    ],
)
def test_each_other_end_has_its_sentence(clone: Path, code: str, says: str) -> None:
    ended, said, page = load(clone, CODE=code)

    assert ended == int(code)
    assert said.count("\n") == 1
    assert says in said
    assert says in page


def test_a_report_is_not_written_over(clone: Path) -> None:
    assert load(clone, CODE="0", REPORTS="1")[0] == 0

    code, said, _ = load(clone, CODE="0", REPORTS="1")

    assert (code, "load has a report already" in said) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_load_stop_by_itself(clone: Path, number: signal.Signals) -> None:
    with start(clone, WAITS="1", CODE="0") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sending\n"
        process.send_signal(number)
        _, error = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 128 + number
    assert "The load test of dev was interrupted" in error
