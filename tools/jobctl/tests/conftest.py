"""What jobctl's tests share: one environment with its queues, ledger, logs and state in the embedded AWS."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
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


def _write_state(aws: Target, name: str, outputs: dict[str, Any]) -> None:
    bucket = ensure_state_bucket(aws.client("s3"), ACCOUNT_ID, product().aws_region)
    state = {"version": 4, "outputs": {key: {"value": value} for key, value in outputs.items()}}
    aws.client("s3").put_object(Bucket=bucket, Key=f"{name}/terraform.tfstate", Body=json.dumps(state))
