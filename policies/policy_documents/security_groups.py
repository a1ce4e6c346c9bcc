"""What security groups let in."""

from policy_documents.plan import Plan, Resource

_RULES = ("aws_vpc_security_group_ingress_rule", "aws_security_group_rule")
EVERYBODY = {"0.0.0.0/0", "::/0"}


def groups_of(resource: Resource, plan: Plan, *path: str) -> list[Resource]:
    """The security groups that an attribute names; none where not all of them are in the plan."""
    groups = plan.referred(resource, *path)
    known = resource.values.get(path[-1]) or []
    outside = set(known) - {group.values.get("id") for group in groups}
    if outside or any(group.type != "aws_security_group" for group in groups):
        return []
    return groups


def everybody_enters(group: Resource, plan: Plan) -> list[str]:
    """The addresses of rules by which any address may connect, within the group or beside it."""
    beside = [
        rule.address
        for rule in plan.of_type(*_RULES)
        if rule.values.get("type", "ingress") == "ingress"
        and _ranges(rule.values) & EVERYBODY
        and group in plan.referred(rule, "security_group_id")
    ]
    within = [
        group.address
        for rule in group.values.get("ingress") or []
        if isinstance(rule, dict) and _ranges(rule) & EVERYBODY
    ]
    return [*beside, *within]


def _ranges(rule: dict[str, object]) -> set[str]:
    found: set[str] = set()
    for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
        told = rule.get(name) or []
        found |= {told} if isinstance(told, str) else set(told) if isinstance(told, list) else set()
    return found
