"""What jobctl's tests share: one environment with its queues, ledger, logs and state in the embedded AWS."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deployment.bootstrap import ensure_state_bucket
from deployment.outputs import Outputs
from deployment.product import product
from deployment.target import Target, local_target
from deployment.variables import client_variables, process_environment

REPOSITORY = Path(__file__).resolve().parents[3]
ACCOUNT_ID = "123456789012"
RunJobctl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(aws_endpoint: str) -> Target:
    """A target whose Terraform outputs name things that exist, for this test alone."""
    name = f"unit{uuid.uuid4().hex[:8]}"
    aws = local_target(aws_endpoint)
    sqs, logs = aws.client("sqs"), aws.client("logs")
    outputs = {
        "environment": name,
        "ledger_table_name": f"{name}-ledger",
        "results_bucket_name": f"{name}-results",
        "cloudwatch_log_group_main_job": f"/ecs/{name}/main-job",
        "cloudwatch_log_group_background_job": f"/ecs/{name}/background-job",
        "cloudwatch_log_group_custom_processing": f"/ecs/{name}/custom-processing",
    }
    for queue in ("main_job_triggers", "background_jobs"):
        outputs[f"sqs_{queue}_queue_url"] = sqs.create_queue(QueueName=f"{name}-{queue}")["QueueUrl"]
        outputs[f"sqs_{queue}_dlq_url"] = sqs.create_queue(QueueName=f"{name}-{queue}-dlq")["QueueUrl"]
    for group in (value for key, value in outputs.items() if key.startswith("cloudwatch_")):
        logs.create_log_group(logGroupName=group)
    aws.client("s3").create_bucket(Bucket=outputs["results_bucket_name"])
    aws.client("dynamodb").create_table(
        TableName=outputs["ledger_table_name"],
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    _write_state(aws, name, outputs)
    target = local_target(aws_endpoint, Outputs(name, outputs))
    target.environment = name
    return target


@pytest.fixture
def jobctl(aws_endpoint: str) -> RunJobctl:
    """Runs `jobctl` in the environment of the local stack, as it is after `source .local/stack.env`."""
    variables = process_environment(os.environ, None) | client_variables(aws_endpoint)

    def run(
        *arguments: str,
        stdin: str = "",
        timeout_seconds: float = 60,
        folder: Path = REPOSITORY,
        **changes: str,
    ) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in (variables | changes).items() if value}
        return subprocess.run(
            [sys.executable, "-m", "jobctl", *arguments],
            cwd=folder,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )

    # For a test that starts one by itself, to send it signals.
    run.variables = variables  # type: ignore[attr-defined]
    return run


@pytest.fixture
def jobctl_process(aws_endpoint: str) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts `jobctl`, as the fixture of that name does, and lets the test go on; ended with the test."""
    variables = process_environment(os.environ, None) | client_variables(aws_endpoint)
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "jobctl", *arguments],
            cwd=REPOSITORY,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def load_environment(environment: Target) -> Target:
    """An environment with the two services whose settings and tasks a load reads."""
    name = environment.environment
    ecs = environment.client("ecs")
    services = {"main_job": f"{name}-main-job-service", "background_job": f"{name}-background-job-service"}
    ecs.create_cluster(clusterName=f"{name}-cluster")
    for role, service in services.items():
        digest = "sha256:" + uuid.uuid5(uuid.NAMESPACE_DNS, role).hex * 2
        ecs.register_task_definition(
            family=service,
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": role,
                    "image": f"111122223333.dkr.ecr.us-east-1.amazonaws.com/{role}@{digest}",
                    "environment": [{"name": "MAX_ATTEMPTS", "value": "5"}],
                }
            ],
        )
        ecs.create_service(
            cluster=f"{name}-cluster", serviceName=service, taskDefinition=service, desiredCount=0
        )
    values = {
        **environment.outputs.values,
        "ecs_cluster_name": f"{name}-cluster",
        **{f"ecs_{role}_service_name": service for role, service in services.items()},
    }
    _write_state(environment, name, values)
    target = local_target(str(environment.endpoint), Outputs(name, values))
    target.environment = name
    return target


def _write_state(aws: Target, name: str, outputs: dict[str, Any]) -> None:
    bucket = ensure_state_bucket(aws.client("s3"), ACCOUNT_ID, product().aws_region)
    state = {"version": 4, "outputs": {key: {"value": value} for key, value in outputs.items()}}
    aws.client("s3").put_object(Bucket=bucket, Key=f"{name}/terraform.tfstate", Body=json.dumps(state))
