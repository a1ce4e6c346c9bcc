"""Runs that must not reach AWS: a fork's pull request, the merge queue, a repository that is not set up."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flow_account import ROOTS
from flow_act import Run
from flow_events import STRANGERS
from flow_fork import replace_in
from flow_world import World

pytestmark = [pytest.mark.xdist_group("workflows"), pytest.mark.images, pytest.mark.timeout(900)]
CHANGED_SERVICE = replace_in(
    "services/main_job/src/main_job/handler.py", '"""', '"""Changed by a stranger. ', first=True
)
BUILT_AND_SCANNED = {"Images / Build", "Images / Scan main_job", "Images / Scan background_job"}
CHECKED = {"Checks / Lint", "Checks / Test", "Checks / Policies"}
SHOWN = "github/codeql-action/upload-sarif"


@pytest.fixture(scope="module")
def strangers(world: World) -> Iterator[Run]:
    """The run of a fork's pull request, which changes a service."""
    world.fork.branch("strangers", CHANGED_SERVICE)
    with untouched(world):
        yield world.check("strangers", number=21, repository=STRANGERS, FLOW_FROM_A_FORK="1")


class untouched:
    """A block in which no job asks AWS for anything, and GitHub is told nothing."""

    def __init__(self, world: World) -> None:
        self.world, self.mark, self.calls = world, world.account.mark(), len(world.github.calls)

    def __enter__(self) -> None:
        """Begins."""

    def __exit__(self, *_: object) -> None:
        by_jobs = [
            call
            for call in self.world.account.calls(self.mark)
            if call["action"] == "AssumeRoleWithWebIdentity" or "-github-" in str(call.get("principal"))
        ]
        assert by_jobs == []
        assert self.world.github.calls[self.calls :] == []


def test_a_forks_pull_request_is_checked_built_and_scanned(strangers: Run) -> None:
    assert strangers.jobs == dict.fromkeys(CHECKED | BUILT_AND_SCANNED | {"all-green"}, "success"), (
        strangers.tail()
    )


def test_a_forks_pull_request_is_not_planned_and_says_so(world: World, strangers: Run) -> None:
    assert "a pull request from a fork gets no role" in strangers.log_of("all-green")
    names = {
        each["name"] for each in world.github.artifacts if each["workflow_run"]["id"] == strangers.run_id
    }
    assert not [name for name in names if name.startswith(("reviewed-", "plan-"))]
    assert world.runner.actions(strangers.run_id, SHOWN) == []
    assert world.github.comments_on(21) == {}


# The same jobs as a fork's pull request, once more; the rule that leaves out the plan is in test_gate.py.
@pytest.mark.slow
def test_the_merge_queue_checks_and_plans_nothing(world: World) -> None:
    world.fork.branch("queued", CHANGED_SERVICE)
    world.fork.merged_with_main("queued")

    with untouched(world):
        run = world.try_in_the_queue()

    assert run.jobs == dict.fromkeys(CHECKED | BUILT_AND_SCANNED | {"all-green"}, "success"), run.tail()
    assert "no role trusts the merge queue" in run.log_of("all-green")


@pytest.fixture
def without_account(world: World) -> World:
    """A repository whose variables nobody has set."""
    return replace(world, runner=replace(world.runner, variables={}))


# The same jobs as a fork's pull request, once more; the rule that leaves out the plan is in test_gate.py.
@pytest.mark.slow
def test_a_repository_without_an_account_plans_nothing_and_says_so(without_account: World) -> None:
    without_account.fork.branch("not-set-up", CHANGED_SERVICE)

    with untouched(without_account):
        run = without_account.check("not-set-up", number=22)

    assert set(run.jobs.values()) == {"success"}, run.tail()
    assert not [job for job in run.jobs if job.startswith("Plan")]
    assert "AWS_ACCOUNT_ID is not set, so there is no account to talk to" in run.log_of("all-green")


def test_a_repository_without_an_account_deploys_nothing_and_says_so(without_account: World) -> None:
    without_account.fork.git("switch", "--quiet", "main")

    with untouched(without_account):
        run = without_account.deploy()

    assert run.jobs == {"deployed": "success"}, run.tail()
    assert "AWS_ACCOUNT_ID is not set, so there is no account to talk to" in run.log_of("deployed")
    assert not set(ROOTS) & {job.partition(" ")[0] for job in run.jobs}
