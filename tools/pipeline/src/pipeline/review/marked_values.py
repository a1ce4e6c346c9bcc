"""Values of a plan as one tree: where a value is sensitive or not known yet, a mark stands for it.

A plan keeps three trees apart: the values, what is unknown in them, what is sensitive in them.
https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any


class Mark(Enum):
    """What stands in a tree for a value; the text is what people and records get to see."""

    SENSITIVE = "sensitive"
    UNKNOWN = "known after apply"


def marked(value: Any, unknown: Any = None, sensitive: Any = None) -> Any:
    """The values with marks. Where the trees do not fit together, what may be sensitive counts as such."""
    if sensitive is True or (_holds_true(sensitive) and not _fits(sensitive, value)):
        return Mark.SENSITIVE
    if unknown is True:
        return Mark.UNKNOWN
    if isinstance(value, dict):
        keys = [*value, *(key for key in _dict(unknown) if key not in value and _holds_true(unknown[key]))]
        return {
            key: marked(value.get(key), _dict(unknown).get(key), _dict(sensitive).get(key)) for key in keys
        }
    if isinstance(value, list):
        return [
            marked(item, _item(unknown, place), _item(sensitive, place)) for place, item in enumerate(value)
        ]
    return value


def leaves(tree: Any) -> Iterator[Any]:
    """Everything in a tree that is no list and no mapping."""
    if isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    elif isinstance(tree, list):
        for item in tree:
            yield from leaves(item)
    else:
        yield tree


def _holds_true(marks: Any) -> bool:
    return any(leaf is True for leaf in leaves(marks))


def _fits(marks: Any, value: Any) -> bool:
    if isinstance(marks, dict):
        return isinstance(value, dict)
    return isinstance(value, list) and len(marks) == len(value)


def _dict(marks: Any) -> dict[str, Any]:
    return marks if isinstance(marks, dict) else {}


def _item(marks: Any, place: int) -> Any:
    return marks[place] if isinstance(marks, list) and place < len(marks) else None
