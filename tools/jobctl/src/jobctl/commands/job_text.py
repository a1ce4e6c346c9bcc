"""A job as text for people."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console

_SHOWN_APART = ("timestamp", "level", "message")
# The same on every line of a job.
_REPEATED = ("jobId", "correlationId", "service", "logger")


def print_lines(console: Console, lines: Iterable[Mapping[str, Any]]) -> None:
    """One row for each log line: time, level, message, and the fields that differ from line to line."""
    for line in lines:
        console.print(f"  {line_text(line)}", markup=False)


def line_text(line: Mapping[str, Any]) -> str:
    """One log line as text."""
    fields = {key: value for key, value in line.items() if key not in _SHOWN_APART + _REPEATED}
    head = [str(line.get("timestamp", "")), f"{line.get('level', '')!s:<7}", str(line.get("message", ""))]
    tail = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return " ".join([part for part in head if part.strip()] + tail)
