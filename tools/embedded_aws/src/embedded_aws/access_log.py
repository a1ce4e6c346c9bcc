"""One JSON line for each request: who called what, and how it ended."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from embedded_aws import signature


class AccessLog:
    """Appends to `path`; with no path it writes nothing. Raises OSError when it cannot.

    A line holds `time` (UTC), `service`, `action`, `path`, `access_key`, `status` and
    `duration_ms`. S3 and other REST services have the HTTP method as their action.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None
        self._lock = threading.Lock()

    def write(self, environ: dict[str, Any], status: str, duration_seconds: float) -> None:
        """Write down one answered request; `status` is the WSGI status line."""
        if self._file is None:
            return
        self._write_line(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "service": signature.service(environ),
                "action": _action(environ),
                "path": environ.get("RAW_URI", ""),
                "access_key": signature.access_key(environ),
                "status": int(status.split(" ", 1)[0]),
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


def _action(environ: dict[str, Any]) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        body = environ["wsgi.input"]
        body.seek(0)
        form = parse_qs(str(body.read(), "utf-8", "replace"))
        return form.get("Action", [""])[0]
    return str(environ["REQUEST_METHOD"])
