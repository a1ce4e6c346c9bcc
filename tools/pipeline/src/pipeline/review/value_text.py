"""How the change of one attribute reads: short values in a line, long ones as a difference by lines."""

import difflib
import json
from typing import Any

from pipeline.review.markdown import code, code_html, cut, details, fenced, indented
from pipeline.review.marked_values import Mark
from pipeline.review.planned_changes import Attribute
from pipeline.review.redaction import MASK

# Both values together; an ARN and another fit.
_LONGEST_IN_LINE = 200
_CONTEXT_LINES = 3
_LONGEST_LINE = 1000


def attribute_text(attribute: Attribute) -> str:
    """One item of a list, or '' where only the way of writing changes."""
    forces = " (forces the replacement)" if attribute.forces else ""
    before, after = _readable(attribute.before), _readable(attribute.after)
    if before is not None and before == after and not isinstance(attribute.after, Mark):
        return f"- {code(attribute.name)}{forces}: only written otherwise" if forces else ""
    if _fits_in_line(before, after):
        old = "" if before is None else f"{_in_line(attribute.before, before)} → "
        return f"- {code(attribute.name)}{forces}: {old}{_in_line(attribute.after, after)}"
    difference = _difference(before or "", after or "")
    block = details(
        f"{code_html(attribute.name)}{forces}: {_counted(difference)}", fenced("\n".join(difference), "diff")
    )
    return "- " + indented(block).lstrip()


def only_written_otherwise(attribute: Attribute) -> bool:
    """Whether two JSON texts mean the same."""
    return not attribute.forces and attribute.before is not None and not attribute_text(attribute)


def _readable(value: Any) -> str | None:
    """A value as lines of text; None for none."""
    if value is None:
        return None
    if isinstance(value, Mark):
        return MASK if value is Mark.SENSITIVE else value.value
    if isinstance(value, str):
        document = _json_in(value)
        return value if document is None else _lines(document)
    return _lines(value)


def _json_in(text: str) -> Any:
    """The document in a text, when it is JSON that says everything once."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Which of two equal keys counts differs from reader to reader: shown as it is written, then.
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _lines(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=_mark_text)
    return json.dumps(value)


def _mark_text(value: Any) -> str:
    return f"({value.value})" if isinstance(value, Mark) else str(value)


def _fits_in_line(before: str | None, after: str | None) -> bool:
    both = f"{before or ''}{after or ''}"
    return len(both) <= _LONGEST_IN_LINE and "\n" not in both


def _in_line(value: Any, text: str | None) -> str:
    if text is None:
        return "none"
    if isinstance(value, Mark):
        return f"_{text}_"
    return code(text) if text else "empty"


def _difference(before: str, after: str) -> list[str]:
    """A unified difference without its head; a line of dots stands between parts."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=_CONTEXT_LINES)
    lines = [" …" if line.startswith("@@") else cut(line, _LONGEST_LINE) for line in list(compared)[2:]]
    return lines[1:]


def _counted(difference: list[str]) -> str:
    added, removed = (sum(line.startswith(sign) for line in difference) for sign in "+-")
    if not difference:
        return "differs in line ends only"
    counts = [f"{number} {verb}" for number, verb in ((removed, "removed"), (added, "added")) if number]
    return f"lines: {', '.join(counts)}"
