"""One JSON line for each request: who called what, and how it ended."""

import json
import re
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from embedded_aws import calls, signature
from embedded_aws.principals import principal

# In JSON `"__type": "com.amazonaws.sqs#AccessDenied"`, in XML `<Code>AccessDenied</Code>`.
ERROR_CODE = re.compile(rb'"__type"\s*:\s*"(?:[^"]*#)?([^"]+)"|<Code>([^<]+)</Code>')


class AccessLog:
    """Appends to `path`; with no path it writes nothing. Raises OSError when it cannot.

    A line holds `time` (UTC), `service`, `action` (the operation), `resources` (ARNs), `path`, `access_key`,
    `principal` (the user or the role's session behind the key; empty for root), `status`, `code` (of an
    error, or empty) and `duration_ms`.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None
        self._lock = threading.Lock()

    def write(self, environ: dict[str, Any], status: str, body: bytes, duration_seconds: float) -> None:
        """Write down one answered request; `status` is the WSGI status line, `body` the answer's."""
        if self._file is None:
            return
        call, access_key = calls.read(environ), signature.access_key(environ)
        number = int(status.split(" ", 1)[0])
        self._write_line(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "service": signature.service(environ),
                "action": call.operation,
                "resources": call.resources,
                "path": environ.get("RAW_URI", ""),
                "access_key": access_key,
                "principal": principal(access_key),
                "status": number,
                "code": _error_code(body) if number >= HTTPStatus.BAD_REQUEST else "",
                "duration_ms": round(duration_seconds * 1000, 1),
            }
        )

    def write_text(self, text: str) -> None:
        """Write down something that is not a request, such as a traceback."""
        self._write_line({"error": text})

    def _write_line(self, fields: dict[str, Any]) -> None:
        if self._file is not None:
            with self._lock:
                self._file.write(json.dumps(fields) + "\n")


def _error_code(body: bytes) -> str:
    found = ERROR_CODE.search(body)
    return str(found[1] or found[2], "utf-8", "replace") if found else ""
