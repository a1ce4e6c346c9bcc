"""Both services at work on an embedded AWS of their own: dev's plan with short times, and a log of all calls.

IAM is not enforced here: a call that no role allows must be seen, not stopped.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from deployment.product import product
from job_contract import LedgerRecord, record_from_item
from local_agent.end import end_everything

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICES = ("main-job", "background-job")
REGION, ACCOUNT = product().aws_region, "123456789012"
# Minutes become seconds; what is done stays the same.
SHORT = {
    "VISIBILITY_TIMEOUT_SECONDS": "2",
    "HEARTBEAT_SECONDS": "0.5",
    "WAIT_TIME_SECONDS": "1",
    "DRAIN_TIMEOUT_SECONDS": "6.2",
    "RETRY_BASE_SECONDS": "0.2",
    "RETRY_CAP_SECONDS": "1",
    "LOG_FLUSH_SECONDS": "0.5",
    "LOG_STREAMS_PER_SECOND": "3",
}
# Low, so that what SQS itself dead-letters is there in seconds.
MAX_RECEIVE_COUNT = 6
WAIT_SECONDS = 240


class RecordedWorld:
    """Made from a plan (`terraform show -json`) in `folder`; `close` ends every process."""

    def __init__(self, plan: dict[str, Any], folder: Path) -> None:
        self._planned = {each["address"]: each["change"]["after"] for each in plan["resource_changes"]}
        self.access_log, self.agent_folder = folder / "access.log", folder / "agent"
        command = [sys.executable, "-m", "embedded_aws", "--port", "0", "--log", str(self.access_log)]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout is not None
        self.endpoint = str(json.loads(self._server.stdout.readline())["endpoint"])
        self.cluster = self._of("aws_ecs_cluster", "cluster")["name"]
        self.prefix = self.cluster.removesuffix("-cluster")
        self.table = self._of("aws_dynamodb_table", "job_store")["name"]
        self.triggers = self._queue("trigger_queue")
        self.jobs = self._queue("background_queue")
        self._make_stores()
        self._make_services()
        self._start_agent(folder)

    def client(self, service: str) -> Any:
        """A client of the account's root, whose calls are nobody's in the log."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        make: Any = boto3.client
        return make(service, endpoint_url=self.endpoint, region_name=REGION, **keys)

    def close(self) -> None:
        """Leaves nothing running."""
        end_everything(self.agent_folder)
        self._server.send_signal(signal.SIGTERM)
        self._server.wait(20)

    def send(self, queue_url: str, *bodies: str) -> None:
        """Up to ten messages."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)

    def scale(self, service: str, count: int) -> None:
        """Asks for so many tasks."""
        self.client("ecs").update_service(
            cluster=self.cluster, service=f"{self.prefix}-{service}-service", desiredCount=count
        )

    def record(self, job_id: str) -> LedgerRecord | None:
        """What the ledger says of a job."""
        key = {"jobId": {"S": job_id}}
        answer = self.client("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return record_from_item(answer["Item"]) if "Item" in answer else None

    def letters(self, queue_url: str) -> list[dict[str, Any]]:
        """The dead letters of a queue, which stay where they are."""
        found: list[dict[str, Any]] = []
        while (
            messages := self.client("sqs")
            .receive_message(
                QueueUrl=f"{queue_url}-dlq",
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
                VisibilityTimeout=2,
            )
            .get("Messages")
        ):
            found += messages
        return found

    def said(self, text: str) -> bool:
        """Whether a service has written a log line that holds `text`."""
        files = (self.agent_folder / "tasks").glob("*/*.log")
        return any(text in file.read_text(errors="replace") for file in files)

    def tails(self) -> str:
        """The last lines of every task, cut short."""
        files = sorted((self.agent_folder / "tasks").glob("*/*.log"))
        ends = [(file.name, file.read_text(errors="replace").splitlines()[-5:]) for file in files]
        return "\n".join(f"{name}: {line:.300}" for name, lines in ends for line in lines)

    def lines(self) -> list[dict[str, Any]]:
        """The access log's lines that are requests."""
        read = [json.loads(line) for line in self.access_log.read_text().splitlines()]
        return [line for line in read if "action" in line]

    def _of(self, kind: str, module: str) -> dict[str, Any]:
        """The one planned resource of this kind in a module of the stack."""
        prefix = f"module.stack.module.{module}.{kind}."
        [found] = [after for address, after in self._planned.items() if address.startswith(prefix)]
        return dict(found)

    def _queue(self, module: str) -> str:
        """A queue as planned, with its dead-letter queue; its URL."""
        sqs, name = self.client("sqs"), f"module.stack.module.{module}.aws_sqs_queue"
        letters = self._planned[f"{name}.dead_letter"]["name"]
        sqs.create_queue(QueueName=letters)
        target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{letters}"
        redrive = {"deadLetterTargetArn": target, "maxReceiveCount": MAX_RECEIVE_COUNT}
        planned = self._planned[f"{name}.this"]
        attributes = {
            "RedrivePolicy": json.dumps(redrive),
            "MaximumMessageSize": str(planned["max_message_size"]),
        }
        return str(sqs.create_queue(QueueName=planned["name"], Attributes=attributes)["QueueUrl"])

    def _make_stores(self) -> None:
        self.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.client("s3").create_bucket(Bucket=f"{self.prefix}-results-{ACCOUNT}")
        for address, after in self._planned.items():
            if ".aws_cloudwatch_log_group." in address:
                self.client("logs").create_log_group(logGroupName=after["name"])

    def _make_services(self) -> None:
        self.client("ecs").create_cluster(clusterName=self.cluster)
        for service in SERVICES:
            module = f"module.stack.module.{service.replace('-', '_')}.module.service"
            for kind in ("task", "execution"):
                role = self._planned[f"{module}.aws_iam_role.{kind}"]
                self.client("iam").create_role(
                    RoleName=role["name"], AssumeRolePolicyDocument=role["assume_role_policy"]
                )
            definition = self._planned[f"{module}.aws_ecs_task_definition.this"]
            self.client("ecs").register_task_definition(
                family=definition["family"],
                taskRoleArn=definition["task_role_arn"],
                executionRoleArn=definition["execution_role_arn"],
                containerDefinitions=_shortened(json.loads(definition["container_definitions"])),
                cpu=definition["cpu"],
                memory=definition["memory"],
            )
            self.client("ecs").create_service(
                cluster=self.cluster,
                serviceName=f"{self.prefix}-{service}-service",
                taskDefinition=definition["family"],
                desiredCount=1,
            )

    def _start_agent(self, folder: Path) -> None:
        images = folder / "images.json"
        project = self.prefix.rpartition("-")[0]
        folders = {
            f"{project}-{name}": str(REPOSITORY / "services" / name.replace("-", "_")) for name in SERVICES
        }
        images.write_text(json.dumps(folders))
        command = [sys.executable, "-m", "local_agent", "--cluster", self.cluster]
        command += ["--images", str(images), "--state-dir", str(self.agent_folder)]
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
        with (folder / "agent.log").open("ab") as log:
            env = {**os.environ, **keys, "AWS_ENDPOINT_URL": self.endpoint}
            subprocess.Popen(command, env=env, stdout=log, stderr=log)


def _shortened(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The planned containers with short times in their environment."""
    for container in containers:
        environment = {each["name"]: each["value"] for each in container["environment"]} | SHORT
        container["environment"] = [{"name": name, "value": value} for name, value in environment.items()]
    return containers


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """The first true value of `condition`; fails with `what`."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {WAIT_SECONDS} s"
        time.sleep(0.1)
    return value
