"""Deployments that do not go through, and how they go on."""

import pytest
from flow_account import ENVIRONMENTS
from flow_fork import replace_in
from flow_world import World

# Minutes: each is a deployment through all roots and a part of another.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("workflows"),
    pytest.mark.images,
    pytest.mark.timeout(3600),
]
STACK = "infra/modules/stack/main.tf"


def set_threshold(world: World, value: int) -> float:
    """A commit on main that no pull request has shown; the threshold before."""
    before = int(world.account.threshold("dev"))
    world.fork.git("switch", "--quiet", "main")
    world.fork.commit(
        f"Allow {value} dead letters",
        replace_in(STACK, f"dead_letters_allowed = {before}", f"dead_letters_allowed = {value}"),
    )
    return float(before)


def thresholds(world: World) -> list[float]:
    """By environment."""
    return [world.account.threshold(environment) for environment in ENVIRONMENTS]


def test_what_nobody_reviewed_is_shown_waits_and_goes_on_once_approved(world: World) -> None:
    before = set_threshold(world, 11)

    stopped = world.deploy()

    assert stopped.jobs["Deploy a root / Approve dev"] == "failure"
    assert not [job for job in stopped.jobs if job.endswith(("Apply dev", "Plan staging"))]
    assert "No review of exactly these files was found" in stopped.summaries
    assert "Nobody has approved these changes of dev." in stopped.log
    assert stopped.jobs["deployed"] == "failure"
    assert thresholds(world) == [before] * 3

    world.github.approve(stopped.run_id, "dev-approval")
    resumed = world.repeat(stopped)

    assert resumed.jobs["Deploy a root / Apply dev"] == "success", resumed.tail()
    assert resumed.jobs["Deploy a root / Approve staging"] == "failure"
    assert thresholds(world) == [11, before, before]

    # For the scenarios after this one.
    for environment in ("staging-approval", "prod-approval"):
        world.github.approve(stopped.run_id, environment)
    finished = world.repeat(stopped)

    assert finished.jobs["deployed"] == "success", finished.tail()
    assert thresholds(world) == [11, 11, 11]
