"""`jobctl lab`, with real consumers on an embedded AWS."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from deployment.target import local_target
from jobctl.lab.catalogue import EXPERIMENTS
from jobctl.lab.local_lab import task_environment

RunJobctl = Callable[..., subprocess.CompletedProcess[str]]
REPOSITORY = Path(__file__).resolve().parents[3]

# A run's own bounds end it sooner; this one is for a machine that stalls.
TIMEOUT_SECONDS = 280
# Short, and between them they use each part of the lab: kills, faults, clocks, counts.
ALWAYS = ("duplicates", "clock-midnight")


def names_of_the_lab(endpoint: str, session: boto3.Session) -> list[str]:
    """What labs have left on an embedded AWS."""
    clients: list[Any] = [
        session.client(service, endpoint_url=endpoint) for service in ("sqs", "logs", "dynamodb", "s3")
    ]
    sqs, logs, tables, s3 = clients
    names = [
        *sqs.list_queues().get("QueueUrls", []),
        *(group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]),
        *tables.list_tables()["TableNames"],
        *(bucket["Name"] for bucket in s3.list_buckets()["Buckets"]),
    ]
    return [name for name in names if "/lab-" in f"/{name}"]


def test_the_cluster_of_another_stack_is_not_taken_for_the_products(aws_endpoint: str) -> None:
    target = local_target(aws_endpoint)
    target.client("ecs").create_cluster(clusterName="an-example")

    assert task_environment(target) == {}


@pytest.mark.parametrize(
    "name", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in EXPERIMENTS]
)
def test_an_experiment_holds_and_leaves_nothing(
    name: str, jobctl: RunJobctl, aws_endpoint: str, aws_session: boto3.Session
) -> None:
    # When it runs on the stack that is up
    done = jobctl("lab", "run", name, "--quick", "--json", timeout_seconds=TIMEOUT_SECONDS)

    # Then the contract held, and what it made is gone.
    answer = json.loads(done.stdout)
    (found,) = answer["experiments"]
    assert done.returncode == 0, (found["checks"], done.stderr)
    assert answer["ok"]
    assert found["name"] == name
    assert not names_of_the_lab(aws_endpoint, aws_session)


def test_ctrl_c_ends_consumers_and_takes_the_queues_away(
    aws_endpoint: str, aws_session: boto3.Session, tmp_path: Path
) -> None:
    # Given an experiment under way, with an embedded AWS of the tests
    errors = tmp_path / "stderr"
    with errors.open("wb") as stream:
        command = [sys.executable, "-m", "jobctl", "lab", "run", "burst", "--count", "2000"]
        env = {"PATH": "/usr/bin:/bin", "AWS_ENDPOINT_URL": aws_endpoint}
        run = subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.DEVNULL, stderr=stream)
    deadline = time.monotonic() + 120
    children: list[psutil.Process] = []
    while len(children) < 4 and time.monotonic() < deadline:
        children = psutil.Process(run.pid).children(recursive=True)
        time.sleep(0.1)
    assert len(children) == 4, "main_job, the fault proxy and two consumers"

    # When somebody presses Ctrl-C
    run.send_signal(signal.SIGINT)

    # Then it says so, and nothing of it runs or is left.
    assert run.wait(TIMEOUT_SECONDS / 2) == 130, errors.read_text()
    assert "Interrupted" in errors.read_text()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert not names_of_the_lab(aws_endpoint, aws_session)


def test_prod_is_refused_before_anything_is_looked_at(jobctl: RunJobctl) -> None:
    done = jobctl("lab", "run", "burst", "--env", "prod")
    assert done.returncode == 2
    assert done.stderr.strip() == "jobctl: The lab breaks things on purpose: it never runs on prod."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nonsense",), "There is no experiment 'nonsense'"),
        ((), "Name one experiment, or give --all."),
        (("burst", "--all"), "Name one experiment, or give --all."),
        (("burst", "--env", "production"), "--env production is no place for the lab"),
    ],
)
def test_bad_input_gets_one_sentence(jobctl: RunJobctl, arguments: tuple[str, ...], sentence: str) -> None:
    done = jobctl("lab", "run", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_list_says_of_each_what_it_expects_and_where_it_runs(jobctl: RunJobctl) -> None:
    listed = json.loads(jobctl("lab", "list", "--json").stdout)
    assert {each["name"]: each["localOnly"] for each in listed} == {
        "scale-out": False,
        "visibility-overrun": True,
        "error-rate": False,
        "burst": False,
        "task-kill": False,
        "duplicates": False,
        "poison": False,
        "slow-dependency": True,
        "throttled": True,
        "clock-midnight": True,
    }
    assert all(each["expects"] and each["why"] and each["boundSeconds"] <= 720 for each in listed)
