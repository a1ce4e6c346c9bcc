"""Roles: what is done to them, what they are passed to, and the boundary that some have.

What moto gets wrong: it keeps a permissions boundary and ignores it, so a role may do whatever its own policy
says; it has no condition keys for boundaries; and nobody needs iam:PassRole.
"""

from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult

from embedded_aws.fixes.iam.conditions import Context

# Operations whose policies may ask which boundary the role has (service authorization reference of IAM).
BOUNDED = {"AttachRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}
GIVEN = {"CreateRole", "PutRolePermissionsBoundary"}
# Operation -> parameters that name roles, and the service that gets them.
PASSED = {
    "RegisterTaskDefinition": (("taskRoleArn", "executionRoleArn"), "ecs-tasks.amazonaws.com"),
    "CreateFlowLogs": (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
}


def iam_keys(response: Any, operation: str) -> Context:
    """Condition keys of an IAM request."""
    boundary = None
    if operation in GIVEN:
        boundary = response._get_param("PermissionsBoundary")
    elif operation in BOUNDED:
        boundary = _boundary(_role(response, response._get_param("RoleName")))
    keys: Context = {"iam:permissionsboundary": [boundary]} if boundary else {}
    service = response._get_param("AWSServiceName")
    return keys | ({"iam:awsservicename": [service]} if service else {})


def passed_roles(operation: str, given: dict[str, Any]) -> list[tuple[str, Context]]:
    """The roles that a request hands to a service, with the condition key for it."""
    names, service = PASSED.get(operation, ((), ""))
    roles = sorted({str(given[name]) for name in names if given.get(name)})
    return [(arn, {"iam:passedtoservice": [service]}) for arn in roles]


def within_boundary(request: Any, action: str, resource: str) -> bool:
    """Whether the boundary of the role that signed `request`, if it has one, allows the action too."""
    name = getattr(request._access_key, "_owner_role_name", None)
    role = next((one for one in request.backend.roles.values() if one.name == name), None)
    boundary = _boundary(role)
    if boundary is None:
        return True
    policy = request.backend.managed_policies.get(boundary)
    permitted = PermissionResult.PERMITTED
    return policy is not None and IAMPolicy(policy).is_action_permitted(action, resource) == permitted


def _role(response: Any, name: str | None) -> Any:
    return next((one for one in response.backend.roles.values() if one.name == name), None)


def _boundary(role: Any) -> str | None:
    return getattr(role, "permissions_boundary_arn", None) or None
