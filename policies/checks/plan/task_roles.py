"""A permission that is missing stops the service; one too many is what an attacker in the container finds."""

import re

from plan_policy import PlanPolicy
from policy_documents.containers import containers, task_definition_of
from policy_documents.permissions import Permission, Place, granted_to, needed_by, needed_by_exec
from policy_documents.plan import Plan, Resource, Unknown

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")


class TaskRolesAllowWhatIsCalled(PlanPolicy):
    """Holds for every task definition: its role against the recorded calls of its containers."""

    id = "CKV_JOBS_7"
    sentence = "A task role allows exactly what the recorded calls of its service need"
    resource_types = ("aws_ecs_task_definition",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Compares two sets: what is needed and what is granted."""
        arn = resource.known("task_role_arn")
        if not arn:
            return [
                f"it has no task role, and calls {need}" for need in sorted(self._needed(resource, "0" * 12))
            ]
        match = _ROLE_ARN.fullmatch(arn)
        if match is None:
            raise Unknown(f"task_role_arn of {resource.address} is {arn!r}")
        role = plan.named("aws_iam_role", match["name"])
        needed = self._needed(resource, match["account"])
        granted = granted_to(role, plan)
        unused = granted - needed - self._for_exec(resource, match["account"], plan)
        return [
            *(f"{role.address} lacks {permission}" for permission in sorted(needed - granted, key=str)),
            *(
                f"{role.address} grants {permission}, which no recorded call needs; take it away"
                for permission in sorted(unused, key=str)
            ),
        ]

    def _needed(self, task_definition: Resource, account: str) -> set[Permission]:
        needed: set[Permission] = set()
        for container in containers(task_definition):
            needed |= needed_by(container.name, _place(task_definition, container.name, account))
        return needed

    def _for_exec(self, task_definition: Resource, account: str, plan: Plan) -> set[Permission]:
        allowed: set[Permission] = set()
        for service in plan.of_type("aws_ecs_service"):
            if service.values.get("enable_execute_command") and task_definition == task_definition_of(
                service, plan
            ):
                (name,) = [container.name for container in containers(task_definition)]
                allowed |= needed_by_exec(_place(task_definition, name, account))
        return allowed


def _place(task_definition: Resource, container: str, account: str) -> Place:
    family = task_definition.values["family"]
    region = {item.environment.get("AWS_REGION", "") for item in containers(task_definition)}
    if not family.endswith(f"-{container}") or len(region) != 1:
        raise Unknown(
            f"{task_definition.address} is not named <prefix>-{container}, or its region is not told"
        )
    return Place(family.removesuffix(f"-{container}"), account, region.pop())


TaskRolesAllowWhatIsCalled()
