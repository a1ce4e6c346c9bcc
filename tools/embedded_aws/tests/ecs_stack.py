"""A cluster with one service, and an agent's reports about it, for the ECS tests."""

import json
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

ACCOUNT, REGION = "123456789012", "us-east-1"
STRATEGY = [{"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 1}]


@dataclass
class Stack:
    """One cluster on one server."""

    aws: Any
    cluster: str = field(default_factory=lambda: f"c-{uuid.uuid4().hex[:8]}")
    service: str = "worker"

    def __post_init__(self) -> None:
        self.ecs = self.aws.client("ecs")
        self.ecs.create_cluster(clusterName=self.cluster)
        self.task_definition = self.register()

    def register(self) -> str:
        """The ARN of a new revision."""
        container = {"name": "worker", "image": "worker:1", "memory": 128}
        answer = self.ecs.register_task_definition(family="worker", containerDefinitions=[container])
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def create(self, **settings: Any) -> dict[str, Any]:
        """Create the service; one task wanted unless said otherwise."""
        wanted = {"desiredCount": 1, "taskDefinition": self.task_definition, **settings}
        answer = self.ecs.create_service(cluster=self.cluster, serviceName=self.service, **wanted)
        service: dict[str, Any] = answer["service"]
        return service

    def update(self, **settings: Any) -> dict[str, Any]:
        """Update the service."""
        answer = self.ecs.update_service(cluster=self.cluster, service=self.service, **settings)
        service: dict[str, Any] = answer["service"]
        return service

    def describe(self) -> dict[str, Any]:
        """The service as it is now."""
        answer = self.ecs.describe_services(cluster=self.cluster, services=[self.service])
        service: dict[str, Any] = answer["services"][0]
        return service

    def describe_task(self, arn: str) -> dict[str, Any]:
        """A task as it is now."""
        answer = self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def post(self, page: str, **body: Any) -> dict[str, Any]:
        """Say something on one of the agent's pages."""
        payload = {"account": ACCOUNT, "region": REGION, "cluster": self.cluster, **body}
        request = urllib.request.Request(
            f"{self.aws.endpoint}/moto-api/ecs-agent/{page}",
            json.dumps(payload).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=40) as response:
            answer: dict[str, Any] = json.loads(response.read())
        return answer

    def report_task(self, status: str = "RUNNING", **more: Any) -> str:
        """Report a task of the service's primary deployment; its ARN."""
        arn = more.pop("arn", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{self.cluster}/{uuid.uuid4().hex}")
        primary = next(d for d in self.describe()["deployments"] if d["status"] == "PRIMARY")
        shape = {
            "taskArn": arn,
            "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{self.cluster}",
            "taskDefinitionArn": primary["taskDefinition"],
            "group": f"service:{self.service}",
            "startedBy": primary["id"],
            "lastStatus": status,
            "desiredStatus": "STOPPED" if status == "STOPPED" else "RUNNING",
            "createdAt": time.time(),
            **more,
        }
        self.post("report", tasks=[shape])
        return str(arn)

    def report_progress(self, **progress: Any) -> None:
        """Report a deployment's state."""
        self.post("report", services=[{"serviceName": self.service, "deployments": [progress]}])
