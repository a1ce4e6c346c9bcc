"""The life of a change, run: a pull request that a policy stops, its mended push, and its way to prod."""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flow_account import ENVIRONMENTS, ROOTS, STATES
from flow_act import Run
from flow_fork import replace_in
from flow_world import World

pytestmark = [
    pytest.mark.xdist_group("workflows"),
    pytest.mark.images,
    pytest.mark.timeout(1800),
]
NUMBER = 7
STACK = "infra/modules/stack/main.tf"
REAL, INVENTED = "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfVisibleMessages"
ADDRESS = "module.stack.aws_cloudwatch_metric_alarm.dead_letters"
READING = re.compile(r"(BatchGet|Describe|Get|Head|List)\w*|AssumeRoleWithWebIdentity")
# The one root whose plan the real policies judge here.
JUDGED = "dev"
SENTENCE = "Alarms and scaling read metrics that exist"


@dataclass(frozen=True)
class Checked:
    """A push to the pull request: its run, its tree, the comments after it, where AWS's log was before."""

    run: Run
    tree: str
    comments: dict[int, str]
    mark: int


def check(world: World, *changes: tuple[str, str, str], judged: bool) -> Checked:
    """Pushes changes to the branch and lets the workflow run; `judged`: by the real policies, too."""
    world.fork.git("switch", "--quiet", "alarm")
    mark = world.account.mark()

    def change(folder: Path) -> None:
        (folder / "policies/judged").write_text(JUDGED) if judged else (folder / "policies/judged").unlink()
        for each in changes:
            replace_in(*each)(folder)

    world.fork.commit("Change the alarm", change)
    run = world.check("alarm", number=NUMBER)
    return Checked(run, world.fork.tree, world.github.comments_on(NUMBER), mark)


@pytest.fixture(scope="module")
def refused(world: World) -> Checked:
    """The first push: the alarm reads a metric that nobody writes."""
    world.fork.git("branch", "alarm", "main")
    return check(world, (STACK, REAL, INVENTED), judged=True)


@pytest.fixture(scope="module")
def mended(world: World, refused: Checked) -> Checked:
    """The second push: the metric is the real one again, and the threshold another."""
    threshold = (STACK, "dead_letters_allowed = 0", "dead_letters_allowed = 3")
    return check(world, (STACK, INVENTED, REAL), threshold, judged=False)


@pytest.fixture(scope="module")
def merged(world: World, mended: Checked) -> Run:
    """The squash merge."""
    assert set(mended.run.jobs.values()) == {"success"}, mended.run.tail()
    return world.merge("alarm")


def test_a_policy_stops_the_pull_request_with_its_sentence(refused: Checked) -> None:
    outcomes = {job: result for job, result in refused.run.jobs.items() if result == "failure"}

    assert outcomes == dict.fromkeys([f"Plan / {JUDGED}", "all-green"], "failure")
    [shown] = [text for text in refused.comments.values() if SENTENCE in text and INVENTED in text]
    assert f"pipeline plan: {JUDGED}" in shown
    assert "Not green: plan (failure)" in refused.run.log_of("all-green")


def test_every_job_of_the_mended_push_runs_and_the_one_required_check_is_green(mended: Checked) -> None:
    assert set(mended.run.jobs.values()) == {"success"}, mended.run.tail()
    assert {f"Plan / {root}" for root in ROOTS} | {"all-green"} <= set(mended.run.jobs)


def test_each_root_has_one_comment_that_is_replaced_in_place(
    refused: Checked, mended: Checked, world: World
) -> None:
    assert len(mended.comments) == len(ROOTS)
    assert set(mended.comments) == set(refused.comments)
    for root in ENVIRONMENTS:
        [text] = [each for each in mended.comments.values() if f"pipeline plan: {root}" in each]
        assert f"`{ADDRESS}`" in text
        assert re.search(r"`threshold`.*0.*3", text), text
        assert SENTENCE not in text
    assert world.github.refused == []


def test_each_root_has_a_record_under_the_hash_of_the_tree(world: World, mended: Checked) -> None:
    records = {root: record(world, mended, f"reviewed-{root}-{mended.tree}") for root in ROOTS}

    assert records["shared"]["changes"] == []
    for root in ENVIRONMENTS:
        [change] = records[root]["changes"]
        assert change["address"] == ADDRESS
        assert change["actions"] == ["update"]
        assert set(change["attributes"]) == {"threshold"}


def test_a_pull_request_writes_nothing_to_aws(world: World, mended: Checked) -> None:
    calls = [call for call in world.account.calls(mended.mark) if "-github-" in str(call.get("principal"))]
    by_jobs = [call for call in calls if f"github-{mended.run.run_id}-" in call["principal"]]

    assert {role_of(call) for call in by_jobs} == {"plan"}
    assert [call["action"] for call in by_jobs if not READING.fullmatch(call["action"])] == []
    assert [call for call in by_jobs if call["status"] == 403] == []


def test_both_images_are_listed_scanned_and_shown(world: World, mended: Checked) -> None:
    for action, scanned in (("anchore/sbom-action", "image"), ("aquasecurity/trivy-action", "input")):
        given = [each["inputs"][scanned] for each in world.runner.actions(mended.run.run_id, action)]
        assert {re.split(r"[/:]", image)[-1] for image in given} == {"main_job", "background_job"}
    assert len(world.runner.actions(mended.run.run_id, "github/codeql-action/upload-sarif")) == 2


def test_the_merge_is_deployed_root_by_root(world: World, merged: Run) -> None:
    assert set(merged.jobs.values()) == {"success"}, merged.tail()
    # Also the plans: that of staging is of use only when dev is done.
    done = [
        job.removeprefix("Deploy a root / ") for job in merged.order if job.startswith("Deploy a root / ")
    ]
    assert done == [f"{deed} {root}" for root in ROOTS for deed in ("Plan", "Apply")]
    assert {
        environment: world.account.threshold(environment) for environment in ENVIRONMENTS
    } == dict.fromkeys(ENVIRONMENTS, 3.0)


def test_the_merge_is_applied_by_the_record_of_the_pull_request(merged: Run, mended: Checked) -> None:
    assert not [job for job in merged.jobs if " / Approve " in job]
    for environment in ENVIRONMENTS:
        log = merged.log_of(f"Deploy a root / Plan {environment}")
        assert f"actions/runs/{mended.run.run_id}" in log
        assert "Everything that would change was reviewed." in log


def test_each_environment_is_changed_by_its_own_role_alone(world: World, merged: Run) -> None:
    by_jobs = [
        call for call in world.account.calls() if f"github-{merged.run_id}-" in str(call.get("principal"))
    ]
    for environment in ENVIRONMENTS:
        state = f"arn:aws:s3:::{STATES}/{environment}/terraform.tfstate"
        writes = [call for call in by_jobs if call["action"] == "PutObject" and state in call["resources"]]
        assert {role_of(call) for call in writes} == {f"apply-{environment}"}
    alarmers = [role_of(call) for call in by_jobs if call["action"] == "PutMetricAlarm"]
    assert alarmers == [f"apply-{environment}" for environment in ENVIRONMENTS]


def test_all_environments_run_the_same_images_and_a_worker_has_tried_each(world: World, merged: Run) -> None:
    first, *others = (world.account.digests(environment) for environment in ENVIRONMENTS)
    assert others == [first, first]
    for environment in ENVIRONMENTS:
        assert re.search(r"Job \w+ succeeded after", merged.log_of(f"Deploy a root / Apply {environment}"))


def role_of(call: dict[str, Any]) -> str:
    """The role of GitHub's that made a request: `plan`, `apply-dev`."""
    return str(call["principal"]).split("/")[1].rpartition("-github-")[2]


def record(world: World, checked: Checked, artifact: str) -> dict[str, list[dict[str, Any]]]:
    """A record that the run has kept."""
    packed = world.github.packed(artifact, checked.run.run_id)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        read: dict[str, list[dict[str, Any]]] = json.loads(archive.read("record.json"))
    return read
