"""EC2: rules of security groups, launch templates.

What moto gets wrong: a rule that admits another group, and not a range of addresses, does not give its
description back; and the tags of a launch template stand among those that it gives to what it launches.
Terraform plans to mend both for ever.
"""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.ec2.models.security_groups import SecurityGroupRule

stock_create_launch_template = LaunchTemplateBackend.create_launch_template


def apply() -> None:
    """Look for the description where it is kept, and keep a template's own tags apart."""
    SecurityGroupRule.description = property(_description)
    LaunchTemplateBackend.create_launch_template = _create_launch_template


def _description(rule: Any) -> str | None:
    found: str | None = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return found


def _create_launch_template(
    backend: Any, name: str, description: str, template_data: dict[str, Any], tag_spec: dict[str, Any]
) -> Any:
    """The template's tags come by `tag_spec`; what is launched gets those of other resources alone."""
    tagged = template_data.pop("TagSpecifications", None) or []
    launched = [each for each in tagged if each["ResourceType"] != "launch-template"]
    if launched:
        template_data["TagSpecifications"] = launched
    return stock_create_launch_template(backend, name, description, template_data, tag_spec)
