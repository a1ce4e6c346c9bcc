"""A plan without its sensitive values: what may be kept as an artifact and read by everybody.

What Terraform marks is masked by its place; then every text of such a value is masked wherever else it
stands. The mask is a constant: a hash of a secret could be guessed. Addresses stay as they are, for they are
code: Terraform refuses sensitive keys in `for_each`.
"""

from collections.abc import Callable
from typing import Any

from pipeline.review.marked_values import Mark, marked
from pipeline.review.secret_texts import SecretTexts, declared_variables, secret_texts

MASK = "(sensitive value)"
# What is in a plan besides values: names of code, and marks without values.
_CODE = {"configuration", "relevant_attributes"}


def redacted(plan: dict[str, Any]) -> dict[str, Any]:
    """A copy of a plan (the JSON of `terraform show -json`) that holds no sensitive value."""
    masker = _Masker(secret_texts(plan))
    return {
        key: value if key in _CODE else masker.by_text(value) for key, value in plan.items()
    } | masker.by_place(plan)


class _Masker:
    def __init__(self, secrets: SecretTexts) -> None:
        self._secrets = secrets

    def by_place(self, plan: dict[str, Any]) -> dict[str, Any]:
        """The parts of a plan that have places for sensitive values; only those that the plan has."""
        declared = declared_variables(plan)
        parts: dict[str, Callable[[Any], Any]] = {
            "resource_changes": self._entries,
            "resource_drift": self._entries,
            "deferred_changes": lambda entries: [
                entry | {"resource_change": self._entry(entry.get("resource_change") or {})}
                for entry in entries
            ],
            "output_changes": lambda changes: {name: self._change(each) for name, each in changes.items()},
            "planned_values": self._values,
            "prior_state": lambda state: (
                state | ({"values": self._values(state["values"])} if state.get("values") else {})
            ),
            "variables": lambda given: {
                name: self._variable(variable, declared.get(name, {})) for name, variable in given.items()
            },
            "configuration": self._configuration,
        }
        return {key: mask(plan[key]) for key, mask in parts.items() if plan.get(key)}

    def by_text(self, tree: Any) -> Any:
        """A tree where every secret text is masked, in keys too."""
        if tree is Mark.SENSITIVE:
            return MASK
        if isinstance(tree, dict):
            return {self._secrets.masked(key, MASK): self.by_text(item) for key, item in tree.items()}
        if isinstance(tree, list):
            return [self.by_text(item) for item in tree]
        if isinstance(tree, str):
            return self._secrets.masked(tree, MASK)
        is_number = isinstance(tree, int | float) and not isinstance(tree, bool)
        return MASK if is_number and self._secrets.within(str(tree)) else tree

    def _marked(self, value: Any, sensitive: Any) -> Any:
        return self.by_text(marked(value, None, sensitive))

    def _entries(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self._entry(entry) for entry in entries]

    def _entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        return entry | ({"change": self._change(entry["change"])} if "change" in entry else {})

    def _change(self, change: dict[str, Any]) -> dict[str, Any]:
        masked = {
            key: self._marked(change[key], change.get(f"{key}_sensitive"))
            for key in ("before", "after")
            if key in change
        }
        places = {key: change[key] for key in change if key.endswith(("_sensitive", "_unknown"))}
        rest = {key: value for key, value in change.items() if key not in masked and key not in places}
        return masked | places | {key: self.by_text(value) for key, value in rest.items()}

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        outputs = {
            name: output | {"value": self._marked(output.get("value"), output.get("sensitive"))}
            for name, output in (values.get("outputs") or {}).items()
        }
        module = {"root_module": self._module(values["root_module"])} if values.get("root_module") else {}
        return values | ({"outputs": outputs} if "outputs" in values else {}) | module

    def _module(self, module: dict[str, Any]) -> dict[str, Any]:
        masked: dict[str, Any] = {}
        if module.get("resources"):
            masked["resources"] = [
                each | {"values": self._marked(each.get("values"), each.get("sensitive_values"))}
                for each in module["resources"]
            ]
        if module.get("child_modules"):
            masked["child_modules"] = [self._module(child) for child in module["child_modules"]]
        return module | masked

    def _variable(self, given: dict[str, Any], declared: dict[str, Any]) -> dict[str, Any]:
        return given | {"value": self._marked(given.get("value"), declared.get("sensitive"))}

    def _configuration(self, tree: Any, hidden: bool = False) -> Any:
        """Code: only what it says as a constant can be a secret."""
        if isinstance(tree, list):
            return [self._configuration(item, hidden) for item in tree]
        if not isinstance(tree, dict):
            return tree
        hidden = hidden or tree.get("sensitive") is True
        called = (tree.get("module") or {}).get("variables") or {} if "expressions" in tree else {}
        return {
            key: self._constant(value, hidden)
            if key in {"constant_value", "default"}
            else self._arguments(value, called)
            if key == "expressions"
            else self._configuration(value, hidden)
            for key, value in tree.items()
        }

    def _constant(self, value: Any, hidden: bool) -> Any:
        return MASK if hidden else self.by_text(value)

    def _arguments(self, expressions: Any, called: dict[str, Any]) -> Any:
        """The arguments of a block; a module says which of its variables are sensitive."""
        if not isinstance(expressions, dict):
            return self._configuration(expressions)
        return {
            name: self._configuration(value, hidden=(called.get(name) or {}).get("sensitive") is True)
            for name, value in expressions.items()
        }
