"""An operator with jobctl: a world as an environment that it can find, and the command's process."""

import json
import os
import subprocess
import sys
from typing import Any

from contract_world import REGION, World
from deployment.bootstrap import ensure_state_bucket
from deployment.repository import find_repository
from deployment.variables import client_variables, process_environment
from embedded_aws.fault_proxy import Behaviour, Forward, Request, Response

ACCOUNT_ID = "123456789012"


class Operator:
    """Runs `jobctl dlq ...` on one world; `endpoint`: a proxy's, where one stands in between."""

    def __init__(self, world: World, endpoint: str = "") -> None:
        self._environment = world.name
        self._variables = process_environment(os.environ, None) | client_variables(
            endpoint or world.aws.endpoint
        )
        outputs = {
            "environment": world.name,
            "ledger_table_name": world.aws.table,
            "cloudwatch_log_group_main_job": world.aws.job_log_group,
            "cloudwatch_log_group_background_job": world.aws.job_log_group,
            "sqs_main_job_triggers_queue_url": world.triggers.url,
            "sqs_main_job_triggers_dlq_url": world.triggers.dead_letter_url,
            "sqs_background_jobs_queue_url": world.jobs.url,
            "sqs_background_jobs_dlq_url": world.jobs.dead_letter_url,
        }
        state = {"version": 4, "outputs": {name: {"value": value} for name, value in outputs.items()}}
        bucket = ensure_state_bucket(world.aws.s3, ACCOUNT_ID, REGION)
        key = f"{world.name}/terraform.tfstate"
        world.aws.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(state))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command's process."""
        return subprocess.Popen(
            [sys.executable, "-m", "jobctl", "dlq", *words, "--env", self._environment, "--json"],
            env=self._variables,
            cwd=find_repository(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> Any:
        """What it prints; it must succeed."""
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=180)
        finally:
            process.kill()
        assert process.returncode == 0, err
        return json.loads(out)


def hidden_for(seconds: int) -> Behaviour:
    """Receives hide messages for a shorter time than jobctl asks for: nobody waits a minute."""

    def behaviour(request: Request, forward: Forward) -> Response:
        call = json.loads(request.body)
        body = json.dumps({**call, "VisibilityTimeout": seconds}).encode()
        headers = {**request.headers, "Content-Length": str(len(body))}
        return forward(Request(request.action, request.method, request.path, headers, body))

    return behaviour
