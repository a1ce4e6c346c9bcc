"""A cluster on the embedded AWS and the agent that runs it."""

import copy
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from local_agent.end import end_everything

SERVICE_FOLDER = Path(__file__).parent / "fixture_service"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
HEALTH = {"command": ["CMD-SHELL", "test -f $TMPDIR/healthy"], "interval": 1, "timeout": 5, "retries": 2}
TRUST = {"Statement": [{"Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


@dataclass(frozen=True)
class Aws:
    """The running embedded AWS."""

    endpoint: str
    log: Path

    def client(self, service: str) -> Any:
        """A client that does not retry."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )


def start_server(folder: Path, *options: str, port: str = "0") -> tuple["subprocess.Popen[str]", Aws]:
    """An embedded AWS of one's own."""
    log = folder / "access.log"
    command = [sys.executable, "-m", "embedded_aws", "--port", port, "--log", str(log), *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, Aws(json.loads(server.stdout.readline())["endpoint"], log)


def wait_for(condition: Callable[[], Any], what: str = "", timeout_seconds: float = 90) -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_seconds} s for {what or condition}")
        time.sleep(0.1)


class Stack:
    """One cluster with its agent, and one service. Names are new, for the embedded AWS is shared."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws, self.folder, self.state_dir = aws, folder, folder / "state"
        self.cluster = f"c-{uuid.uuid4().hex[:8]}"
        self.ecs, self.logs, self.iam = (aws.client(name) for name in ("ecs", "logs", "iam"))
        self.agent: subprocess.Popen[bytes] | None = None
        self.images = folder / "images.json"
        self.images.write_text(json.dumps({"demo": str(SERVICE_FOLDER)}))
        self.prepare_service()

    def prepare_service(self) -> None:
        """A new name for service, family, log group and role."""
        self.name = f"demo-{uuid.uuid4().hex[:8]}"
        self.group = f"/ecs/{self.name}"
        self.role_arn = self.make_role(self.name)
        self.logs.create_log_group(logGroupName=self.group)

    def beside(self) -> "Stack":
        """Another service on the same cluster and agent."""
        other = copy.copy(self)
        other.prepare_service()
        return other

    def remove_service(self) -> None:
        """Delete the service if there is one, and wait until its tasks have gone."""
        if self.ecs.describe_services(cluster=self.cluster, services=[self.name])["services"]:
            self.ecs.delete_service(cluster=self.cluster, service=self.name, force=True)
            wait_for(lambda: self.service()["status"] == "INACTIVE")

    def make_role(self, name: str, trust: dict[str, Any] = TRUST) -> str:
        """The ARN of a new role."""
        answer = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        arn: str = answer["Role"]["Arn"]
        return arn

    def create_cluster(self) -> None:
        """Create the cluster."""
        self.ecs.create_cluster(clusterName=self.cluster)

    def start_agent(self, **environment: str) -> None:
        """Start the agent; its log is in the test's folder."""
        command = [sys.executable, "-m", "local_agent", "--cluster", self.cluster]
        command += ["--images", str(self.images), "--state-dir", str(self.state_dir)]
        variables = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": self.aws.endpoint, **environment}
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(command, env=variables, stdout=log, stderr=log)

    def end_agent(self, number: int = signal.SIGTERM) -> int:
        """Signal the agent; its exit code."""
        assert self.agent is not None
        self.agent.send_signal(number)
        return self.agent.wait(30)

    def close(self) -> None:
        """Leave nothing running."""
        if self.agent is not None and self.agent.poll() is None:
            self.end_agent()
        end_everything(self.state_dir)

    def register(self, mode: str = "wait", **container: Any) -> str:
        """The ARN of a new task definition whose worker runs in `mode`."""
        settings = {
            "awslogs-group": self.group,
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "demo",
        }
        definition = {
            "name": "demo",
            "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/demo@sha256:{'0' * 64}",
            "memory": 128,
            "stopTimeout": 10,
            "command": [mode],
            "logConfiguration": {"logDriver": "awslogs", "options": settings},
            **container,
        }
        roles = {"taskRoleArn": self.role_arn, "executionRoleArn": self.role_arn}
        answer = self.ecs.register_task_definition(
            family=self.name, containerDefinitions=[definition], **roles
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def create(self, task_definition: str | None = None, count: int = 1, **settings: Any) -> None:
        """Create the service."""
        self.ecs.create_service(
            cluster=self.cluster,
            serviceName=self.name,
            taskDefinition=task_definition or self.register(),
            desiredCount=count,
            **settings,
        )

    def update(self, **settings: Any) -> None:
        """Update the service."""
        self.ecs.update_service(cluster=self.cluster, service=self.name, **settings)

    def service(self) -> dict[str, Any]:
        """The service now."""
        answer = self.ecs.describe_services(cluster=self.cluster, services=[self.name])
        service: dict[str, Any] = answer["services"][0]
        return service

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """The tasks with this last status."""
        wanted = "STOPPED" if status in {"STOPPED", "STOPPING"} else "RUNNING"
        arns = self.ecs.list_tasks(cluster=self.cluster, family=self.name, desiredStatus=wanted)["taskArns"]
        found = self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []
        return [task for task in found if task["lastStatus"] == status]

    def wait_running(self, count: int = 1) -> list[dict[str, Any]]:
        """The running tasks, once they are `count` and their workers have said hello."""

        def arrived() -> list[dict[str, Any]] | bool:
            tasks = self.tasks()
            ready = len(tasks) == count and all("environment" in self.output(task) for task in tasks)
            return (tasks or True) if ready else False

        found = wait_for(arrived, f"{count} running tasks")
        return [] if found is True else list(found)

    def wait_stopped(self, count: int = 1) -> list[dict[str, Any]]:
        """The stopped tasks, once there are at least `count`."""
        wait_for(lambda: len(self.tasks("STOPPED")) >= count, f"{count} stopped tasks")
        return self.tasks("STOPPED")

    def wait_completed(self) -> dict[str, Any]:
        """The primary deployment, once the service has settled on it."""

        def settled() -> dict[str, Any] | None:
            deployments = self.service()["deployments"]
            done = len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"
            return deployments[0] if done else None

        deployment: dict[str, Any] = wait_for(settled, "a completed deployment")
        return deployment

    def output(self, task: dict[str, Any]) -> str:
        """What a task has written so far, from its file."""
        path = self.state_dir / "tasks" / task_id(task) / "demo.log"
        return path.read_text() if path.exists() else ""

    def hello(self, task: dict[str, Any]) -> dict[str, Any]:
        """Environment and pid as the worker saw them."""
        said: dict[str, Any] = json.loads(self.output(task).splitlines()[0])
        return said

    def messages(self, task: dict[str, Any]) -> list[str]:
        """The task's log stream."""
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self.logs.get_log_events(
                logGroupName=self.group,
                logStreamName=f"demo/demo/{task_id(task)}",
                startFromHead=True,
                **token,
            )
            if not page["events"]:
                return found
            found += [event["message"] for event in page["events"]]
            token = {"nextToken": page["nextForwardToken"]}

    def state(self) -> dict[str, Any]:
        """The agent's state file."""
        read: dict[str, Any] = json.loads((self.state_dir / "agent.json").read_text())
        return read


def task_id(task: dict[str, Any]) -> str:
    """The last part of a task's ARN."""
    return str(task["taskArn"]).rpartition("/")[2]


def ask(method: str, url: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a page of the agent's endpoint."""
    payload = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, payload, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
