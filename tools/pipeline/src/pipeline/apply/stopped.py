"""Why a service does not run what it should: the last task that stopped, its log, ECS's last event."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.apply.services import Seen, Service, last_stopped, why_it_stopped

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

_ROLLED_BACK = ("ROLLBACK_SUCCESSFUL", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED")


def why_not(ecs: "ECSClient", service: Service, last: Seen | None) -> str:
    """Sentences for a person; what cannot be found out is said, and hides nothing else."""
    parts = []
    if last is not None:
        parts.append(f"ECS runs {last.running} of {last.desired} task(s) of {last.runs}.")
    for find in (_rolled_back, _stopped_task, _last_event):
        try:
            found = find(ecs, service)
        except (ClientError, BotoCoreError) as error:
            found = f"(Not to be seen: {error}.)"
        if found:
            parts.append(found)
    parts.append("What to do: docs/runbooks.md#a-deploy-failed")
    return " ".join(parts)


def _rolled_back(ecs: "ECSClient", service: Service) -> str:
    newest = ecs.list_service_deployments(cluster=service.cluster, service=service.name, maxResults=5)
    for deployment in newest["serviceDeployments"]:
        if deployment["status"] in _ROLLED_BACK:
            return f"Its last failed deployment: {deployment.get('statusReason', deployment['status'])}"
    return ""


def _stopped_task(ecs: "ECSClient", service: Service) -> str:
    arns = ecs.list_tasks(cluster=service.cluster, serviceName=service.name, desiredStatus="STOPPED")
    if not arns["taskArns"]:
        return ""
    described = ecs.describe_tasks(cluster=service.cluster, tasks=arns["taskArns"])["tasks"]
    task = last_stopped([dict(each) for each in described], service.task_definition)
    if task is None:
        return ""
    return f"Its last task stopped: {why_it_stopped(task)}.{_where_its_lines_are(ecs, task)}"


def _where_its_lines_are(ecs: "ECSClient", task: dict[str, Any]) -> str:
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    for container in definition["containerDefinitions"]:
        options = container.get("logConfiguration", {}).get("options", {})
        if "awslogs-group" in options and "awslogs-stream-prefix" in options:
            stream = "/".join(
                [options["awslogs-stream-prefix"], container["name"], task["taskArn"].rpartition("/")[2]]
            )
            return f" Its lines: `aws logs tail {options['awslogs-group']} --log-stream-names {stream}`."
    return ""


def _last_event(ecs: "ECSClient", service: Service) -> str:
    described = ecs.describe_services(cluster=service.cluster, services=[service.name])["services"]
    events = described[0].get("events", []) if described else []
    return f"ECS says last: {events[0]['message']}" if events else ""
