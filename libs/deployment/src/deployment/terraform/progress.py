"""What an apply is doing, read from the events of `terraform apply -json`."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_LOCK_ID = re.compile(r"^\s*ID:\s+(\S+)", re.MULTILINE)
_QUIET_EVENTS = {"apply_progress", "refresh_start", "refresh_complete", "version"}


@dataclass
class ApplyProgress:
    """Counts of one root's apply. `total` is 0 until the plan is known; times are `clock()` seconds.

    `changing` maps the address of each resource in work to the time its change began; `planned` shrinks to
    what is not done yet, `seen` holds what was begun. `lock_left`: the id of a lock that was not released.
    """

    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    changing: dict[str, float] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    # The errors with what Terraform says about each.
    explained: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lock_left: str | None = None

    def read(self, line: str) -> str | None:
        """Takes one line of Terraform's output in; returns the text that belongs into the log, if any."""
        try:
            event = json.loads(line)
        except ValueError:
            return line.rstrip()
        if not isinstance(event, dict):
            return line.rstrip()
        self._count(event)
        if event.get("type") in _QUIET_EVENTS:
            return None
        return _log_text(event)

    def waiting_for(self) -> str:
        """The resource that has been in work for longest and its seconds, e.g. `aws_s3_... (41 s)`, or ''."""
        if not self.changing:
            return ""
        address, since = min(tuple(self.changing.items()), key=lambda item: item[1])
        return f"{address} ({self.clock() - since:.0f} s)"

    def unfinished(self, resource_type: str) -> bool:
        """Whether a resource of that type is still to be changed; True while the plan is not known."""
        if not self.total:
            return True
        return any(f"{resource_type}." in address for address in tuple(self.planned))

    def began(self, resource_type: str) -> bool:
        """Whether work on a resource of that type has begun."""
        return any(f"{resource_type}." in address for address in tuple(self.seen))

    def _count(self, event: dict[str, Any]) -> None:
        kind, hook = event.get("type"), event.get("hook", {})
        address = hook.get("resource", {}).get("addr", "")
        if kind == "planned_change":
            self.planned.add(event["change"]["resource"]["addr"])
        elif kind == "change_summary" and event["changes"].get("operation") == "plan":
            counts = event["changes"]
            self.total = sum(int(counts.get(key, 0)) for key in ("add", "change", "remove"))
        elif kind == "apply_start":
            self.changing[address] = self.clock()
            self.seen.add(address)
        elif kind in {"apply_complete", "apply_errored"}:
            self.changing.pop(address, None)
            self.planned.discard(address)
            # Data sources that are read late are reported too; they are not among the planned changes.
            self.done += kind == "apply_complete" and hook.get("action") != "read"
        elif kind == "diagnostic":
            is_error = event["diagnostic"].get("severity") == "error"
            told = event["diagnostic"].get("summary", event.get("@message", ""))
            (self.errors if is_error else self.warnings).append(told)
            if is_error:
                self.explained.append(f"{told}: {event['diagnostic'].get('detail', '')}".strip(": "))
            if "releasing the state lock" in told:
                left = _LOCK_ID.search(event["diagnostic"].get("detail", ""))
                self.lock_left = left[1] if left else None


def _log_text(event: dict[str, Any]) -> str:
    text = f"{event.get('@timestamp', '')} {event.get('@message', '')}"
    diagnostic = event.get("diagnostic", {})
    extra = [diagnostic.get("address", ""), diagnostic.get("detail", "")]
    return "\n    ".join([text, *(part for part in extra if part)])
