"""Load tests by hand, run: a small one on dev, one that got worse, and those that must not begin."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flow_act import Run
from flow_world import World
from github_jobs import ACCOUNT, PROJECT

pytestmark = [pytest.mark.xdist_group("workflows"), pytest.mark.images, pytest.mark.timeout(900)]
SMALL = {"scenario": "steady", "count": "40", "rate": "20", "type": "main-job-processing"}
REPORT = {"report.json", "report.html", "summary.md"}
BASELINE = Path("benchmarks/load/dev-steady-40-at-20-main-job-processing.json")


@pytest.fixture(scope="module")
def on_main(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world with a clone of the fork for this file's commits."""
    world.fork.git("switch", "--quiet", "main")
    return replace(world, fork=world.fork.clone(tmp_path_factory.mktemp("load") / "fork"))


@pytest.fixture(scope="module")
def loaded(on_main: World) -> Iterator[tuple[Run, list[dict[str, Any]]]]:
    """A small load of dev, and what its jobs asked of AWS."""
    mark = on_main.account.mark()
    run = on_main.load(environment="dev", **SMALL)
    yield run, by_jobs_of(on_main, run, mark)


def by_jobs_of(world: World, run: Run, mark: int) -> list[dict[str, Any]]:
    """The requests of a run's jobs, and those for a role."""
    calls = world.account.calls(mark)
    return [call for call in calls if f"github-{run.run_id}-" in str(call.get("principal"))]


def artifact(world: World, run: Run, name: str) -> zipfile.ZipFile:
    """What a run has kept."""
    return zipfile.ZipFile(io.BytesIO(world.github.packed(name, run.run_id)))


def roles_asked_for(world: World, mark: int) -> list[str]:
    """The roles that jobs showed their tokens for."""
    asked = [call for call in world.account.calls(mark) if call["action"] == "AssumeRoleWithWebIdentity"]
    return [resource.rpartition("-github-")[2] for call in asked for resource in call["resources"]]


def test_a_load_of_dev_runs_without_an_approval_and_keeps_its_report(
    on_main: World, loaded: tuple[Run, list[dict[str, Any]]]
) -> None:
    run, _ = loaded

    assert run.jobs == {"Check": "success", "Load": "success"}, run.tail()
    with artifact(on_main, run, "load-dev-steady") as kept:
        assert set(kept.namelist()) == REPORT
        report, summary = json.loads(kept.read("report.json")), kept.read("summary.md").decode()
    assert (report["accounting"]["sent"], report["accounting"]["succeeded"]) == (40, 40)
    assert summary.strip() in run.summaries
    assert f"There is no {BASELINE} yet, so nothing was compared" in run.summaries


def test_a_load_is_sent_and_counted_by_its_own_role_with_nothing_refused(
    loaded: tuple[Run, list[dict[str, Any]]],
) -> None:
    _, calls = loaded

    assert {call["principal"].split("/")[1] for call in calls} == {f"{PROJECT}-github-load-dev"}
    # The state is asked for and refused, on purpose: names do.
    refused = [call for call in calls if call["status"] == 403]
    assert {call["action"] for call in refused} <= {"GetObject"}
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{PROJECT}-dev-main-job-triggers"
    sent = [call for call in calls if call["action"] in ("SendMessage", "SendMessageBatch")]
    assert sent
    assert {resource for call in sent for resource in call["resources"]} == {queue}


def test_a_regression_fails_the_run_and_keeps_the_report(
    on_main: World, loaded: tuple[Run, list[dict[str, Any]]]
) -> None:
    with artifact(on_main, loaded[0], "load-dev-steady") as kept:
        report = json.loads(kept.read("report.json"))
    on_main.fork.commit("Promise what no machine can do", lambda folder: promise(folder, report))

    run = on_main.load(environment="dev", **SMALL)

    assert run.jobs == {"Check": "success", "Load": "failure"}
    assert f"dev is worse than {BASELINE} by more than is tolerated" in run.summaries
    assert f"pipeline: dev is worse than {BASELINE}" in run.log_of("Load")
    with artifact(on_main, run, "load-dev-steady") as kept:
        assert set(kept.namelist()) == REPORT


def promise(folder: Path, report: dict[str, Any]) -> None:
    """A baseline of the same load, in which a million jobs a second ended."""
    file = folder / BASELINE
    file.parent.mkdir(parents=True)
    faster = report["throughput"] | {"completedPerSecond": 1_000_000.0}
    file.write_text(json.dumps(report | {"throughput": faster}))


def test_a_load_of_prod_that_nobody_approved_is_refused_before_anything_is_sent(on_main: World) -> None:
    mark = on_main.account.mark()

    run = on_main.load(environment="prod", **SMALL)

    assert run.jobs == {"Check": "success", "Approve": "failure"}, run.tail()
    assert "Nobody has approved a load test of prod." in run.log_of("Approve")
    assert roles_asked_for(on_main, mark) == []
    assert by_jobs_of(on_main, run, mark) == []


def test_an_approved_load_of_prod_runs_in_prod_alone(on_main: World) -> None:
    mark = on_main.account.mark()

    run = on_main.load(["prod-approval"], environment="prod", **SMALL)

    assert run.jobs == dict.fromkeys(("Check", "Approve", "Load"), "success"), run.tail()
    assert "has approved the load test in prod-approval." in run.log_of("Approve")
    assert roles_asked_for(on_main, mark) == ["load-prod"]
    roles = {call["principal"].split("/")[1] for call in by_jobs_of(on_main, run, mark)}
    assert roles == {f"{PROJECT}-github-load-prod"}


@pytest.mark.parametrize(
    ("inputs", "ref", "says"),
    [
        ({}, "refs/heads/mine", "This is refs/heads/mine, and only main's workflow gets a role"),
        ({"count": "$(id)"}, "refs/heads/main", "'$(id)' is not a valid integer"),
        ({"rate": "0.001"}, "refs/heads/main", "so send fewer or faster"),
    ],
    ids=["another branch", "no number", "too long"],
)
def test_what_must_not_begin_is_one_sentence_and_no_role(
    on_main: World, inputs: dict[str, str], ref: str, says: str
) -> None:
    mark = on_main.account.mark()

    run = on_main.load(ref=ref, environment="dev", **(SMALL | inputs))

    assert run.jobs == {"Check": "failure"}, run.tail()
    assert says in run.log_of("Check")
    assert roles_asked_for(on_main, mark) == []
