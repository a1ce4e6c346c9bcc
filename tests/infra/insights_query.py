"""The names in a Logs Insights query, as far as saved queries use the language.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import re
from typing import Any

_WORDS = {
    "fields",
    "filter",
    "sort",
    "stats",
    "limit",
    "display",
    "by",
    "as",
    "and",
    "or",
    "not",
    "in",
    "asc",
    "desc",
}
_TOKEN = re.compile(r'"[^"]*"|`(?P<quoted>[^`]+)`|(?P<name>[@A-Za-z][\w.@]*)(?P<call>\()?')


def fields_of(query: str) -> set[str]:
    """The fields that a query reads: not its keywords, functions and aliases."""
    text = "\n".join(line for line in query.splitlines() if not line.lstrip().startswith("#"))
    aliases = set(re.findall(r"\bas (\w+)", text))
    found = set()
    for token in _TOKEN.finditer(text):
        if quoted := token["quoted"]:
            found.add(quoted)
        elif token["name"] and not token["call"]:
            found.add(token["name"])
    return found - _WORDS - aliases


def values_of(query: str, field: str) -> set[str]:
    """What a query compares a field with: `field = "a"`, `field in ["a", "b"]`."""
    compared = re.findall(rf'{re.escape(field)} (?:=|in) (\[[^\]]*\]|"[^"]*")', query)
    return {value for text in compared for value in re.findall(r'"([^"]*)"', text)}


def discovered_fields(line: dict[str, Any]) -> set[str]:
    """The fields that Logs Insights finds in a line: `a.b` and `list.0.c` for what is inside."""
    found: set[str] = set()

    def visit(value: Any, path: str) -> None:
        found.add(path)
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, below in inner:
            visit(below, f"{path}.{key}")

    for key, value in line.items():
        visit(value, key)
    return found
