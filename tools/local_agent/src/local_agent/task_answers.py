"""What tasks hear from the agent's endpoint: credentials, scale-in protection, metadata."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_agent.endpoint import Answer
from local_agent.role_clients import AwsUnreachable, RoleClients, RoleError
from local_agent.task import Task, availability_zone

CREDENTIALS = re.compile(r"/v2/credentials/(?P<key>[^/?]+)$")
PROTECTION = re.compile(r"/api/(?P<key>[^/?]+)/task-protection/v1/state$")
METADATA = re.compile(r"/v4/(?P<key>[^/?]+)/(?P<container>[^/?]+)(?P<page>|/task|/stats|/task/stats)$")


class TaskAnswers:
    """Answers the requests of tasks. Called from the endpoint's threads."""

    def __init__(self, clients: RoleClients, tasks: Callable[[], list[Task]], cluster: str) -> None:
        self._clients, self._tasks, self._cluster = clients, tasks, cluster

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Status and JSON for one request."""
        if method == "GET" and (found := CREDENTIALS.search(path)):
            return self._credentials(found["key"])
        if found := PROTECTION.search(path):
            return self._protection(found["key"], method, body)
        if method == "GET" and (found := METADATA.search(path)):
            return self._metadata(found["key"], found["container"], found["page"])
        return 404, {"error": "no such page"}

    def _credentials(self, credentials_id: str) -> Answer:
        task = next((t for t in self._tasks() if t.credentials_id == credentials_id), None)
        role_arn = task.definition.task_role_arn if task and task.definition else None
        if task is None or role_arn is None:
            return 404, {"code": "InvalidIdInRequest", "message": "No credentials for this id."}
        try:
            held = self._clients.assume(role_arn, task.order.id)
        except (AwsUnreachable, RoleError) as error:
            return 503, {"code": "NoCredentialsAssociated", "message": str(error)}
        return 200, {
            "RoleArn": role_arn,
            "AccessKeyId": held.access_key_id,
            "SecretAccessKey": held.secret_access_key,
            "Token": held.token,
            "Expiration": held.expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _protection(self, token: str, method: str, body: bytes) -> Answer:
        """As the ECS agent: the API is called with the task role's credentials, failures come with 200."""
        task = self._find(token)
        if task is None:
            return 404, _error("", "ResourceNotFoundException", "Failed to find a task for the request")
        wanted: dict[str, Any] = {}
        if method == "PUT":
            try:
                wanted = _protection_request(body)
            except ValueError as error:
                return 400, _error(task.order.arn, "InvalidParameterException", str(error))
        return self._call_protection(task, method, wanted)

    def _call_protection(self, task: Task, method: str, wanted: dict[str, Any]) -> Answer:
        if task.definition is None or task.definition.task_role_arn is None:
            return 403, _error(task.order.arn, "AccessDeniedException", "The task has no task role.")
        try:
            client = self._clients.of_role("ecs", task.definition.task_role_arn, task.order.id)
            call = client.update_task_protection if method == "PUT" else client.get_task_protection
            answer = call(cluster=self._cluster, tasks=[task.order.arn], **wanted)
        except ClientError as error:
            said, meta = error.response["Error"], error.response["ResponseMetadata"]
            shape = _error(task.order.arn, said["Code"], said["Message"])
            return meta["HTTPStatusCode"], {"requestID": meta.get("RequestId"), **shape}
        except (BotoCoreError, AwsUnreachable, RoleError) as error:
            return 504, _error(task.order.arn, "ServerException", str(error))
        if answer["failures"]:
            return 200, {"failure": _capitalized(answer["failures"][0])}
        return 200, {"protection": _capitalized(answer["protectedTasks"][0])}

    def _metadata(self, token: str, container_name: str, page: str) -> Answer:
        task = self._find(token)
        if task is None:
            return 404, {"error": "no such task"}
        containers = {c["name"]: _container_metadata(task, c) for c in task.shape()["containers"]}
        if page == "/task":
            return 200, _task_metadata(task, self._cluster, list(containers.values()))
        if page:
            return 200, {}  # statistics come from control groups, which processes here do not have
        return (200, containers[container_name]) if container_name in containers else (404, {})

    def _find(self, token: str) -> Task | None:
        return next((task for task in self._tasks() if task.token == token), None)


def _protection_request(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or set(given) - {"ProtectionEnabled", "ExpiresInMinutes"}:
        raise ValueError("UpdateTaskProtection: failed to decode request")
    if given.get("ProtectionEnabled") not in {True, False}:
        raise ValueError("Invalid request: does not contain 'ProtectionEnabled' field")
    wanted: dict[str, Any] = {"protectionEnabled": bool(given["ProtectionEnabled"])}
    if given.get("ExpiresInMinutes") is not None:
        wanted["expiresInMinutes"] = given["ExpiresInMinutes"]
    return wanted


def _capitalized(shape: dict[str, Any]) -> dict[str, Any]:
    """The agent's answers spell the API's names with a capital letter, and times as in RFC 3339."""
    return {
        key[0].upper() + key[1:]: _stamp(value.timestamp()) if isinstance(value, datetime) else value
        for key, value in shape.items()
    }


def _error(arn: str, code: str, message: str) -> dict[str, Any]:
    return {"error": {"Arn": arn, "Code": code, "Message": message}}


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _container_metadata(task: Task, container: dict[str, Any]) -> dict[str, Any]:
    definition = next(c.definition for c in task.containers if c.definition.name == container["name"])
    family, _, revision = task.order.task_definition_arn.rpartition("/")[2].partition(":")
    shape = {
        "DockerId": container["runtimeId"],
        "Name": container["name"],
        "DockerName": container["name"],
        "Image": container["image"],
        "ImageID": container.get("imageDigest", ""),
        "Labels": {
            "com.amazonaws.ecs.cluster": task.order.cluster_arn,
            "com.amazonaws.ecs.container-name": container["name"],
            "com.amazonaws.ecs.task-arn": task.order.arn,
            "com.amazonaws.ecs.task-definition-family": family,
            "com.amazonaws.ecs.task-definition-version": revision,
        },
        "DesiredStatus": "STOPPED" if task.is_told_to_stop else "RUNNING",
        "KnownStatus": container["lastStatus"],
        "Limits": {"CPU": 0},
        "CreatedAt": _stamp(task.times["createdAt"]),
        "Type": "NORMAL",
        "ContainerARN": container["containerArn"],
    }
    if "startedAt" in task.times:
        shape["StartedAt"] = _stamp(task.times["startedAt"])
    if definition.log_options is not None:
        shape |= {"LogDriver": "awslogs", "LogOptions": definition.log_options}
    return shape


def _task_metadata(task: Task, cluster: str, containers: list[dict[str, Any]]) -> dict[str, Any]:
    family, _, revision = task.order.task_definition_arn.rpartition("/")[2].partition(":")
    return {
        "Cluster": cluster,
        "TaskARN": task.order.arn,
        "Family": family,
        "Revision": revision,
        "ServiceName": task.order.service_name,
        "DesiredStatus": "STOPPED" if task.is_told_to_stop else "RUNNING",
        "KnownStatus": task.last_status,
        "AvailabilityZone": availability_zone(task.order.arn),
        "LaunchType": "FARGATE",
        "Containers": containers,
    }
