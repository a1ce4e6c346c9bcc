"""Deployments that do not go through, and how they go on; a revert; drift."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flow_account import ENVIRONMENTS
from flow_fork import replace_in
from flow_world import World
from github_jobs import ACCOUNT, PROJECT

# Minutes: each is a deployment through all roots and a part of another.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("workflows"),
    pytest.mark.images,
    pytest.mark.timeout(3600),
]
KEPT = {
    *("AlarmDescription", "ComparisonOperator", "Dimensions", "EvaluationPeriods"),
    *("MetricName", "Namespace", "Period", "Statistic"),
}
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


def test_a_failed_trial_in_staging_leaves_prod_untouched_and_a_repetition_does_the_rest(world: World) -> None:
    before = set_threshold(world, 12)
    approvals = [f"{environment}-approval" for environment in ENVIRONMENTS]

    with failing_jobs(world, "staging"):
        stopped = world.deploy(approvals)

    assert stopped.jobs["Deploy a root / Apply dev"] == "success", stopped.tail()
    assert stopped.jobs["Deploy a root / Apply staging"] == "failure"
    assert "it was dead-lettered" in stopped.log_of("Deploy a root / Apply staging")
    assert not [job for job in stopped.jobs if job.endswith("prod")]
    assert stopped.jobs["deployed"] == "failure"
    assert world.account.threshold("prod") == before

    finished = world.repeat(stopped)

    assert set(finished.jobs.values()) == {"success"}, finished.tail()
    assert thresholds(world) == [12, 12, 12]


def test_a_revert_deploys_the_old_images_without_a_build(world: World) -> None:
    approvals = [f"{environment}-approval" for environment in ENVIRONMENTS]
    old = world.account.digests("prod")
    world.fork.git("switch", "--quiet", "main")
    handler = "services/main_job/src/main_job/handler.py"
    world.fork.commit("Change a service", replace_in(handler, '"""', '"""Changed. ', first=True))

    changed = world.deploy(approvals)

    assert changed.jobs["deployed"] == "success", changed.tail()
    new = [world.account.digests(environment) for environment in ENVIRONMENTS]
    assert new == [new[0]] * 3
    assert new[0]["main_job"] != old["main_job"]
    assert new[0]["background_job"] == old["background_job"]
    attested = {
        each["inputs"]["subject-digest"] for each in world.runner.actions(changed.run_id, "actions/attest")
    }
    assert attested == {new[0]["main_job"]}

    world.fork.git("revert", "--no-edit", "HEAD")
    reverted = world.deploy(approvals)

    assert reverted.jobs["deployed"] == "success", reverted.tail()
    assert [world.account.digests(environment) for environment in ENVIRONMENTS] == [old] * 3
    assert world.runner.actions(reverted.run_id, "actions/attest") == []


def test_drift_opens_one_issue_keeps_it_up_to_date_and_closes_it(world: World) -> None:
    world.fork.git("switch", "--quiet", "main")
    right = thresholds(world)[0]

    turn_by_hand(world, "dev", 90.0)
    first = world.look_for_drift()

    [issue] = world.github.issues.values()
    assert first.jobs["Look at dev"] == "failure"
    assert (issue["state"], "drift of dev" in issue["body"]) == ("open", True)
    assert "dead_letters" in issue["body"]

    turn_by_hand(world, "staging", 91.0)
    turn_by_hand(world, "dev", right)
    world.look_for_drift()

    [issue] = world.github.issues.values()
    assert "drift of staging" in issue["body"]
    assert "drift of dev" not in issue["body"]

    turn_by_hand(world, "staging", right)
    last = world.look_for_drift()

    [issue] = world.github.issues.values()
    assert issue["state"] == "closed"
    assert set(last.jobs.values()) == {"success"}, last.tail()
    assert world.github.refused == []


def turn_by_hand(world: World, environment: str, threshold: float) -> None:
    """Somebody changes the alarm in the console."""
    cloudwatch = world.account.client("cloudwatch")
    name = f"{PROJECT}-{environment}-dead-letters"
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    kept = {key: value for key, value in alarm.items() if key in KEPT}
    cloudwatch.put_metric_alarm(AlarmName=name, Threshold=threshold, **kept)


@contextmanager
def failing_jobs(world: World, environment: str) -> Iterator[None]:
    """A block in which every job of an environment is given up: its worker stands still, another gives up."""
    agent = json.loads((world.runner.folder.parent / f"agent-{environment}/agent.json").read_text())
    containers = [each for task in agent["tasks"] for each in task["containers"] if not each["hasEnded"]]
    workers = [each["pid"] for each in containers if each["name"] == "background-job"]
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    # What its last poll asked for is still answered, to nobody.
    time.sleep(3)
    ended = threading.Event()
    other = threading.Thread(target=_give_up, args=(world, environment, ended))
    other.start()
    try:
        yield
    finally:
        ended.set()
        other.join()
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def _give_up(world: World, environment: str, ended: threading.Event) -> None:
    sqs, dynamodb = world.account.client("sqs"), world.account.client("dynamodb")
    queue = f"{world.account.endpoint}/{ACCOUNT}/{PROJECT}-{environment}-background-jobs"
    while not ended.is_set():
        answer: dict[str, Any] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            job = {
                "jobId": json.loads(message["Body"])["jobId"],
                "state": "dead",
                "reason": "given up by a test",
            }
            item = {name: {"S": value} for name, value in job.items()}
            dynamodb.put_item(TableName=f"{PROJECT}-{environment}-ledger", Item=item)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
