"""EC2: rules of security groups.

What moto gets wrong: a rule that admits another group, and not a range of addresses, does not give its
description back, so that Terraform plans to write it for ever.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule


def apply() -> None:
    """Look for the description where it is kept."""
    SecurityGroupRule.description = property(_description)


def _description(rule: Any) -> str | None:
    found: str | None = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return found
