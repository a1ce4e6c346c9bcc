"""An ECS that shows a service as a test scripts it, and time that passes only when somebody waits."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from pipeline.apply.patience import Patience

OLD, NEW = "shop-worker:6", "shop-worker:7"
ARN = "arn:aws:ecs:us-east-1:111122223333:task-definition/"
# What describes a moment: a service as DescribeServices shows it, or an error that it answers with.
Moment = dict[str, Any] | Exception


def error(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeServices")


def deployment(runs: str, state: str = "COMPLETED", status: str = "PRIMARY", **more: Any) -> dict[str, Any]:
    return {"taskDefinition": ARN + runs, "rolloutState": state, "status": status, "runningCount": 1, **more}


def moment(
    *deployments: dict[str, Any], desired: int = 1, running: int = 1, pending: int = 0, status: str = "ACTIVE"
) -> dict[str, Any]:
    return {
        "serviceName": "worker",
        "status": status,
        "taskDefinition": deployments[0]["taskDefinition"],
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "deployments": list(deployments),
        "events": [{"message": "(service worker) was unable to place a task"}],
    }


@dataclass
class FakeEcs:
    """Shows one moment after the other, the last one for ever; remembers what it was told to change."""

    moments: list[Moment]
    stopped: list[dict[str, Any]] = field(default_factory=list)
    service_deployments: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

    def describe_services(self, **_: Any) -> dict[str, Any]:
        now = self.moments.pop(0) if len(self.moments) > 1 else self.moments[0]
        if isinstance(now, Exception):
            raise now
        return {"services": [now]}

    def update_service(self, **given: Any) -> None:
        self.updates.append(given)

    def list_service_deployments(self, **_: Any) -> dict[str, Any]:
        return {"serviceDeployments": self.service_deployments}

    def list_tasks(self, **given: Any) -> dict[str, Any]:
        assert given["desiredStatus"] == "STOPPED"
        if self.refuses:
            raise error("AccessDeniedException")
        return {"taskArns": [task["taskArn"] for task in self.stopped]}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        return {"tasks": self.stopped}

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:
        options = {"awslogs-group": "/ecs/shop/worker", "awslogs-stream-prefix": "work"}
        container = {"name": "worker", "logConfiguration": {"logDriver": "awslogs", "options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}


@dataclass
class Time:
    """Passes when somebody sleeps."""

    now: float = 1000.0
    said: list[str] = field(default_factory=list)

    def patience(self, within_seconds: float = 120, every_seconds: float = 5) -> Patience:
        return Patience(within_seconds, every_seconds, self.said.append, lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
