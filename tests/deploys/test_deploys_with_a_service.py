"""What becomes of a deploy in ECS, on a small environment whose service really runs.

The tests are one history of main: each begins where the one before ended.
"""

from typing import Any

import pytest
from deploys_world import World

NOT_REVIEWED, FAILED = 3, 1
SERVICE = {"cluster": "small", "service": "small-worker"}
SETTINGS = (
    "AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods",
    "Threshold",
)  # fmt: skip
# The first deploy mostly waits; the other files of this folder share the world.
pytestmark = [pytest.mark.xdist_group("deploys"), pytest.mark.waits]


def threshold(world: World) -> float:
    [alarm] = world.client("cloudwatch").describe_alarms(AlarmNames=["small-depth"])["MetricAlarms"]
    return float(alarm["Threshold"])


def service(world: World) -> Any:
    described = world.client("ecs").describe_services(cluster="small", services=["small-worker"])
    return described["services"][0]


def test_dev_runs_after_its_first_deploy(dev: World) -> None:
    now = service(dev)
    [deployment] = now["deployments"]
    assert (now["runningCount"], deployment["rolloutState"]) == (1, "COMPLETED")
    assert dev.deployed("dev")["phase"] == "deployed"
    assert dev.client("dynamodb").scan(TableName="small-ledger")["Count"] == 1


def test_drift_and_a_replaced_queue_are_not_applied_unseen(dev: World) -> None:
    """Reviewed was another threshold; meanwhile somebody changed the alarm, and a queue's name came along."""
    dev.commit("raise the threshold", threshold=6)
    reviewed = dev.review("dev")
    alarm = dev.client("cloudwatch").describe_alarms(AlarmNames=["small-depth"])["MetricAlarms"][0]
    kept = ("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "Threshold")
    dev.client("cloudwatch").put_metric_alarm(
        AlarmName="small-depth",
        ComparisonOperator="LessThanThreshold",
        **{name: alarm[name] for name in kept},
    )
    dev.commit("rename the queue", queue_name="small-others")

    done = dev.apply("dev", reviewed)

    assert done.returncode == NOT_REVIEWED, done.stderr
    assert (
        "- `aws_sqs_queue.triggers`: nothing was reviewed here\n  - reviewed: no change\n  - now: replace"
        in (done.stdout)
    )
    assert "`aws_cloudwatch_metric_alarm.depth`: `comparison_operator` changes too" in done.stdout
    assert threshold(dev) == 5
    assert len(dev.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_rolled_back_deployment_fails_the_deploy_and_says_why(dev: World) -> None:
    before = service(dev)["taskDefinition"].rpartition("/")[2]
    dev.commit("forget a setting", queue_name="small-triggers", behaviour="crashes")
    reviewed = dev.review("dev", digest="b")

    done = dev.apply("dev", reviewed, "--steady-seconds", "90", digest="b")

    assert done.returncode == FAILED
    assert "Apply complete!" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("pipeline: small-worker ")
    assert "ECS deployment circuit breaker: tasks failed to start." in last
    assert "Its last task stopped: Essential container in task exited; worker: exit code 3." in last
    assert "`aws logs tail /ecs/small/worker --log-stream-names worker/worker/" in last
    assert last.endswith("What to do: docs/runbooks.md#a-deploy-failed")
    assert service(dev)["taskDefinition"].endswith(before)
    assert dev.deployed("dev")["phase"] == "deploying"


def test_a_failed_smoke_test_fails_the_deploy_of_a_service_raised_from_zero(dev: World) -> None:
    dev.client("ecs").update_service(**SERVICE, desiredCount=0)
    dev.commit("give every job up", behaviour="dead-letters")

    done = dev.apply("dev", dev.review("dev", digest="b"), digest="b")

    assert done.returncode == FAILED
    assert "small-worker: has no task; starting one to see that it can" in done.stderr
    assert "small-worker: 1 running, steady on small-worker:" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert "did not succeed: it was dead-lettered after 1 attempt(s): the store is closed." in last
    assert "Look: `.venv/bin/jobctl show " in last
    assert dev.deployed("dev")["phase"] == "deploying"


def test_smoke_tries_out_what_is_deployed(dev: World) -> None:
    failed = dev.pipeline("smoke", "dev")
    missing = dev.pipeline("smoke", "staging")

    assert failed.returncode == FAILED
    assert "it was dead-lettered after 1 attempt(s)" in failed.stderr
    jobs = dev.client("dynamodb").scan(TableName="small-ledger")["Items"]
    commit = dev.deployed("dev")["commit"]
    assert sum(job["correlationId"]["S"].startswith(f"synthetic-{commit}-") for job in jobs) == 2
    assert missing.returncode == FAILED
    assert "The state of staging has no output sqs_main_job_triggers_queue_url" in missing.stderr
