"""The agent's own log: one JSON object a line on stderr."""

import json
import sys
from datetime import UTC, datetime


def log(event: str, **fields: object) -> None:
    """Write one event with its fields."""
    line = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields}
    sys.stderr.write(json.dumps(line, default=str) + "\n")
    sys.stderr.flush()
