"""The texts in a plan that must not be seen, so that they are found where nothing marks them as well.

Terraform's marks end at the provider: the ARN that AWS makes of a sensitive name is a plain value on the next
plan. And a plan lists the values of variables without any mark.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from pipeline.review.marked_values import Mark, leaves, marked

# Shorter ones are all over any plan (`dev`, `443`); they are masked only where they are marked.
_SHORTEST = 6


@dataclass(frozen=True)
class SecretTexts:
    """Texts, each in every form in which it may appear; None when a plan has none."""

    pattern: re.Pattern[str] | None

    def within(self, text: str) -> bool:
        """Whether a text holds one."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def masked(self, text: str, by: str) -> str:
        """The text with `by` in place of each."""
        return text if self.pattern is None else self.pattern.sub(lambda _found: by, text)


def secret_texts(plan: dict[str, Any]) -> SecretTexts:
    """All of a plan, the JSON of `terraform show -json`."""
    found = {text for value in _sensitive_values(plan) for text in _texts(value)}
    forms = {form for text in found for form in _forms(text)}
    # The longest first: one may hold another.
    choices = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return SecretTexts(re.compile(choices) if choices else None)


def _sensitive_values(plan: dict[str, Any]) -> Iterator[Any]:
    """Every value at a sensitive place."""
    for change in _changes(plan):
        yield from _at_marks(change.get("before"), change.get("before_sensitive"))
        yield from _at_marks(change.get("after"), change.get("after_sensitive"))
    for values in (plan.get("planned_values"), (plan.get("prior_state") or {}).get("values")):
        for output in ((values or {}).get("outputs") or {}).values():
            yield from _at_marks(output.get("value"), output.get("sensitive"))
        for resource in resources((values or {}).get("root_module")):
            yield from _at_marks(resource.get("values"), resource.get("sensitive_values"))
    given = plan.get("variables") or {}
    for name, variable in declared_variables(plan).items():
        if variable.get("sensitive"):
            yield from leaves((given.get(name) or {}).get("value"))
            yield from leaves(variable.get("default"))


def declared_variables(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The root's variables as its code declares them."""
    return ((plan.get("configuration") or {}).get("root_module") or {}).get("variables") or {}


def resources(module: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The resources of a module and of those in it, in `planned_values` or `prior_state`."""
    module = module or {}
    yield from module.get("resources") or []
    for child in module.get("child_modules") or []:
        yield from resources(child)


def _changes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in ("resource_changes", "resource_drift"):
        yield from (entry.get("change") or {} for entry in plan.get(key) or [])
    for deferred in plan.get("deferred_changes") or []:
        yield (deferred.get("resource_change") or {}).get("change") or {}
    yield from (plan.get("output_changes") or {}).values()


def _at_marks(value: Any, sensitive: Any) -> Iterator[Any]:
    tree = marked(value, None, sensitive)
    if tree is Mark.SENSITIVE:
        yield from leaves(value)
    elif isinstance(tree, dict):
        for key in tree:
            yield from _at_marks(
                value[key], (sensitive or {}).get(key) if isinstance(sensitive, dict) else None
            )
    elif isinstance(tree, list) and isinstance(sensitive, list):
        for item, mark in zip(value, sensitive, strict=False):
            yield from _at_marks(item, mark)


def _texts(value: Any) -> Iterable[str]:
    if value is None or isinstance(value, bool):
        return ()
    text = value if isinstance(value, str) else json.dumps(value)
    # A file's content may stand with and without its last line's end.
    return {each for each in (text, text.strip()) if len(each) >= _SHORTEST}


def _forms(text: str) -> Iterator[str]:
    raw = text.encode()
    yield text
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once
        # JSON inside JSON: a policy, a task definition.
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
    # Terraform's own jsonencode also writes these by their numbers.
    yield _as_terraform_encodes(text)
    yield quote(text, safe="")
    yield quote_plus(text)
    yield raw.hex()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            # What stands before it in the same text moves the bytes; the ends belong to the neighbours too.
            coded = encode(b"\0" * shift + raw).decode().rstrip("=")
            yield coded[(0, 2, 3)[shift] : len(coded) - (1 if (shift + len(raw)) % 3 else 0)]


def _as_terraform_encodes(text: str) -> str:
    encoded = json.dumps(text, ensure_ascii=False)[1:-1]
    for sign in "<>&\u2028\u2029":
        encoded = encoded.replace(sign, f"\\u{ord(sign):04x}")
    return encoded
