"""What a root gets as sensitive variables: Terraform masks them, but not where a provider quotes one."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MASK = "(sensitive value)"
_VARIABLE = re.compile(r'^variable\s+"([^"]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_SENSITIVE = re.compile(r"^\s*(?:sensitive|ephemeral)\s*=\s*true\b", re.MULTILINE)
# Shorter texts are in every line.
_SHORTEST = 6


class SensitiveInputs:
    """The values of a root's sensitive variables in an environment (`TF_VAR_...`)."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        names = [
            name
            for file in sorted(folder.glob("*.tf"))
            for name, body in _VARIABLE.findall(file.read_text())
            if _SENSITIVE.search(body)
        ]
        given = [environment[f"TF_VAR_{name}"] for name in names if f"TF_VAR_{name}" in environment]
        texts = {text.strip() for value in given for text in _texts(value)}
        quoted = {json.dumps(text)[1:-1] for text in texts}
        choices = sorted((text for text in texts | quoted if len(text) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, choices))) if choices else None

    def masked(self, text: str) -> str:
        """The text without any of them."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _texts(value: str) -> Iterator[str]:
    """A value, and the parts of one that is an object or a list."""
    yield value
    try:
        yield from _leaves(json.loads(value))
    except ValueError:
        # As HCL: what stands in quotes.
        yield from re.findall(r'"((?:[^"\\]|\\.)*)"', value)


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict | list):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(item)
    elif isinstance(tree, str):
        yield tree
