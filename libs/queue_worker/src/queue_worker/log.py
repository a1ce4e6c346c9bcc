"""Process log lines: one JSON object a line on stdout, for the awslogs driver."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO

import msgspec

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECOND_CHARS = len("2026-11-02T09:30:00")
_encode = json.JSONEncoder(default=repr, ensure_ascii=False).encode


class JsonFormatter(logging.Formatter):
    """`{"timestamp","level","message","service","logger", ...}` plus every field passed as `extra`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """One line; a field that JSON cannot hold is written as its repr."""
        line = {
            "timestamp": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "service": self._service,
            "logger": record.name,
        }
        line |= {
            key: value for key, value in vars(record).items() if key not in _STANDARD and key not in line
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        try:
            return msgspec.json.encode(line, enc_hook=repr).decode()
        except Exception:
            # Half a surrogate pair, which UTF-8 cannot hold, is no reason to lose the line.
            return _encode(line).encode(errors="backslashreplace").decode()


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:_SECOND_CHARS]


def configure_logging(*, service: str, level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Sends every log record of this process to stdout as JSON; AWS's own chatter only from WARNING up.

    What no line shows (source line, thread, process) is not looked up, as Python's logging HOWTO has it.
    """
    logging._srcfile = None  # the HOWTO's own switch
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("boto3", "botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
