"""Metrics as lines in CloudWatch's embedded metric format (EMF) on stdout: no API call is spent on them.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import contextlib
import sys
import threading
import time
from collections import defaultdict
from typing import IO, Any

import msgspec

RECEIVED = "Received"
SUCCEEDED = "Succeeded"
RETRIED = "Retried"
REJECTED = "Rejected"
DUPLICATES = "Duplicates"
DEFERRED = "Deferred"
HANDED_BACK = "HandedBack"
HANDLER_MS = "HandlerMs"
QUEUE_WAIT_MS = "QueueWaitMs"

# EMF: a metric may hold an array of at most 100 values.
MAX_VALUES_PER_LINE = 100


class Metrics:
    """Collects counts and values; `flush` writes what came since the last flush. Safe among threads."""

    def __init__(self, *, namespace: str, service: str, stream: IO[str] | None = None) -> None:
        self._namespace = namespace
        self._service = service
        self._stream = stream
        self._lock = threading.Lock()
        self._counts: dict[str, int] = defaultdict(int)
        self._values: dict[str, list[float]] = defaultdict(list)
        self._units: dict[str, str] = {}

    def count(self, name: str, value: int = 1) -> None:
        """Adds to a counter."""
        with self._lock:
            self._counts[name] += value

    def observe(self, name: str, value: float, unit: str = "Milliseconds") -> None:
        """Notes one value of a distribution; `unit` is one of CloudWatch's units."""
        with self._lock:
            self._units[name] = unit
            self._values[name].append(round(value, 3))

    def flush(self) -> None:
        """Writes the lines; nothing when nothing happened."""
        with self._lock:
            counts, values = dict(self._counts), dict(self._values)
            self._counts.clear()
            self._values.clear()
        rounds = max(
            (-(-len(series) // MAX_VALUES_PER_LINE) for series in values.values()), default=0
        ) or bool(counts)
        for index in range(int(rounds)):
            start = index * MAX_VALUES_PER_LINE
            chunk: dict[str, Any] = dict(counts) if index == 0 else {}
            for name, series in values.items():
                if part := series[start : start + MAX_VALUES_PER_LINE]:
                    chunk[name] = part
            self._write(chunk)

    def _write(self, chunk: dict[str, Any]) -> None:
        line = {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": self._namespace,
                        "Dimensions": [["Service"]],
                        "Metrics": [{"Name": name, "Unit": self._units.get(name, "Count")} for name in chunk],
                    }
                ],
            },
            "Service": self._service,
            **chunk,
        }
        stream = self._stream or sys.stdout
        with contextlib.suppress(OSError):  # nobody reads stdout any more: the work goes on
            stream.write(msgspec.json.encode(line).decode() + "\n")
            stream.flush()
