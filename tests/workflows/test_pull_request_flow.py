"""A pull request's workflow, run: what it plans, shows, records, and that it changes nothing."""

import json
import re
from dataclasses import dataclass

import pytest
from flow_account import ROOTS
from flow_act import Run
from flow_fork import replace_in
from flow_world import World

pytestmark = [pytest.mark.xdist_group("workflows"), pytest.mark.images]
READING = re.compile(r"(BatchGet|Describe|Get|Head|List)\w*|AssumeRoleWithWebIdentity")
ALARM = ("infra/modules/stack/main.tf", "dead_letters_allowed = 0", "dead_letters_allowed = 3")
ADDRESS = "module.stack.aws_cloudwatch_metric_alarm.dead_letters"


@dataclass(frozen=True)
class Opened:
    """The pull request that changes an alarm: its run, its tree, and where AWS's log was before."""

    run: Run
    tree: str
    mark: int


@pytest.fixture(scope="module")
def opened(world: World) -> Opened:
    mark = world.account.mark()
    run = world.open_pull_request("alarm", replace_in(*ALARM), number=7)
    return Opened(run, world.fork.tree, mark)


def test_every_job_runs_and_the_one_required_check_is_green(opened: Opened) -> None:
    assert set(opened.run.jobs.values()) == {"success"}, opened.run.tail()
    assert {f"Plan / {root}" for root in ROOTS} | {"all-green"} <= set(opened.run.jobs)


def test_each_root_has_a_record_under_the_hash_of_the_tree(world: World, opened: Opened) -> None:
    records = {
        root: json.loads(
            world.github.artifact(f"reviewed-{root}-{opened.tree}", opened.run.run_id)["record.json"]
        )
        for root in ROOTS
    }

    assert records["shared"]["changes"] == []
    for root in ("dev", "staging", "prod"):
        [change] = records[root]["changes"]
        assert (change["address"], change["actions"]) == (ADDRESS, ["update"])
        assert set(change["attributes"]) == {"threshold"}


def test_nothing_is_written_to_aws(world: World, opened: Opened) -> None:
    by_github = [
        call for call in world.account.calls(opened.mark) if "-github-" in str(call.get("principal"))
    ]

    assert {call["principal"].split("/")[1].rpartition("-github-")[2] for call in by_github} == {"plan"}
    assert [call["action"] for call in by_github if not READING.fullmatch(call["action"])] == []
    assert [call for call in by_github if call["status"] == 403] == []


def test_both_images_are_built_listed_and_scanned(world: World, opened: Opened) -> None:
    for action, scanned in (("anchore/sbom-action", "image"), ("aquasecurity/trivy-action", "input")):
        given = [each["inputs"][scanned] for each in world.runner.actions(opened.run.run_id, action)]
        assert {re.split(r"[/:]", image)[-1] for image in given} == {"main_job", "background_job"}
    shown = world.runner.actions(opened.run.run_id, "github/codeql-action/upload-sarif")
    assert len(shown) == 2
