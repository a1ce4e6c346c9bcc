"""What checkov cannot see of a first plan: values that AWS draws, such as the id of the key.

Checkov takes such a value for one that is not set. So the plan that it gets carries a placeholder wherever
the code sets an attribute by a variable or a local and its value comes with the apply. A reference to a
resource needs none: checkov follows it by itself. What nobody sets, and AWS fills in, stays unset. Our own
policies read the plan as it is.
"""

import copy
import json
from typing import Any

# Checkov's own word for it (checkov.common.util.consts.TRUE_AFTER_UNKNOWN).
PLACEHOLDER = "true_after_unknown"
_NOT_FOLLOWED_BY_CHECKOV = ("var.", "local.", "each.")


def with_placeholders(plan: dict[str, Any]) -> str:
    """The plan's JSON with placeholders in its planned values."""
    filled = copy.deepcopy(plan)
    unknowns = {
        change["address"]: change["change"].get("after_unknown") or {}
        for change in filled.get("resource_changes", [])
    }
    code = filled.get("configuration", {}).get("root_module", {})
    _fill_module(filled.get("planned_values", {}).get("root_module", {}), code, unknowns)
    return json.dumps(filled)


def _fill_module(module: dict[str, Any], code: dict[str, Any], unknowns: dict[str, Any]) -> None:
    expressions = {item["address"]: item.get("expressions", {}) for item in code.get("resources", [])}
    for item in module.get("resources", []):
        prefix = "data." if item.get("mode") == "data" else ""
        said = expressions.get(f"{prefix}{item['type']}.{item['name']}", {})
        _fill(item.setdefault("values", {}), unknowns.get(item["address"], {}), said)
    for child in module.get("child_modules", []):
        step = child["address"].removeprefix(module.get("address", "")).lstrip(".")
        name = step.removeprefix("module.").partition("[")[0]
        _fill_module(child, code.get("module_calls", {}).get(name, {}).get("module", {}), unknowns)


def _fill(values: dict[str, Any], unknown: dict[str, Any], said: Any) -> None:
    for key, mark in unknown.items():
        code = said.get(key) if isinstance(said, dict) else None
        if mark is True and _is_set_from_outside(code):
            values[key] = PLACEHOLDER
        elif isinstance(mark, list) and isinstance(values.get(key), list):
            blocks = code if isinstance(code, list) else []
            for value, inner, block in zip(values[key], mark, blocks, strict=False):
                if isinstance(value, dict) and isinstance(inner, dict):
                    _fill(value, inner, block)


def _is_set_from_outside(code: Any) -> bool:
    references = code.get("references", []) if isinstance(code, dict) else []
    return bool(references) and all(item.startswith(_NOT_FOLLOWED_BY_CHECKOV) for item in references)
