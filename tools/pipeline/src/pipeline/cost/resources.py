"""The resources in a plan's JSON, flat; unknown values are simply not there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.cost.errors import CostError

# https://developer.hashicorp.com/terraform/internals/json-format
_FORMAT = "1."


@dataclass(frozen=True)
class Resource:
    """One resource; `module` is the address of the module that it is in, '' for the root."""

    address: str
    module: str
    type: str
    values: Mapping[str, Any]


def planned_resources(plan: object) -> list[Resource]:
    """What will exist once the plan is applied. Raises CostError when it is no plan."""
    return list(_walk(_checked(plan)["planned_values"].get("root_module", {}), ""))


def prior_resources(plan: object) -> list[Resource]:
    """What exists before it; nothing on a first plan."""
    values = _checked(plan).get("prior_state", {}).get("values", {})
    return list(_walk(values.get("root_module", {}), ""))


def _checked(plan: object) -> dict[str, Any]:
    if not isinstance(plan, dict) or "planned_values" not in plan:
        raise CostError("This is no plan; make one with `terraform show -json PLANFILE`.")
    if not str(plan.get("format_version", "")).startswith(_FORMAT):
        raise CostError(f"The plan has format {plan.get('format_version')}; 1.x is understood.")
    return plan


def _walk(module: Mapping[str, Any], address: str) -> Iterator[Resource]:
    for entry in module.get("resources", []):
        if entry["mode"] == "managed":
            # A resource of which nothing is known before the apply has no values at all.
            yield Resource(entry["address"], address, entry["type"], entry.get("values", {}))
    for child in module.get("child_modules", []):
        yield from _walk(child, child["address"])
