"""Whether one policy statement applies to a request.

What moto gets wrong: a statement whose condition does not hold counts as a denial (so a bucket policy
that denies plain HTTP locks everybody out), as does a statement for another principal; most condition
operators are ignored; a dot in an ARN matches any character, `?` does not match one, actions are
compared with case, and NotResource is unknown.
"""

import threading
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from embedded_aws.fixes.iam.conditions import Context, conditions_hold, matches

_request = threading.local()


def apply() -> None:
    """Replace moto's judgement of a statement."""
    IAMPolicyStatement.is_action_permitted = _is_action_permitted


def set_request(context: Context, principals: set[str]) -> None:
    """Remember what this thread's request brings: condition keys (lower case) and the caller's ARNs."""
    _request.context, _request.principals = context, principals


def _is_action_permitted(
    self: Any,
    action: str,
    resource: str = "*",
    principal: str | None = None,
    incoming_condition_values: dict[str, str] | None = None,
) -> Any:
    statement = self._statement
    context = dict(getattr(_request, "context", {}))
    context |= {key.lower(): [value] for key, value in (incoming_condition_values or {}).items()}
    principals = getattr(_request, "principals", set()) | ({principal} if principal else set())
    applies = (
        _element_applies(statement, "Action", action, ignore_case=True)
        and _element_applies(statement, "Resource", resource)
        and _principal_applies(statement, principals)
        and conditions_hold(statement.get("Condition") or {}, context)
    )
    if not applies:
        return PermissionResult.NEUTRAL
    return PermissionResult.PERMITTED if statement["Effect"] == "Allow" else PermissionResult.DENIED


def _element_applies(statement: dict[str, Any], name: str, value: str, ignore_case: bool = False) -> bool:
    if name in statement:
        return _any_matches(statement[name], value, ignore_case)
    if f"Not{name}" in statement:
        return not _any_matches(statement[f"Not{name}"], value, ignore_case)
    return True  # trust policies name no resource


def _any_matches(patterns: str | list[str], value: str, ignore_case: bool = False) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    if ignore_case:
        return any(matches(pattern.lower(), value.lower()) for pattern in listed)
    return any(matches(pattern, value) for pattern in listed)


def _principal_applies(statement: dict[str, Any], principals: set[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _names_one_of(statement["NotPrincipal"], principals)
    return "Principal" not in statement or _names_one_of(statement["Principal"], principals)


def _names_one_of(principal: str | dict[str, Any], principals: set[str]) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    named = (principal.get(kind, []) for kind in ("AWS", "Federated"))
    listed = {name for one in named for name in (one if isinstance(one, list) else [one])}
    return "*" in listed or bool(principals & listed)
