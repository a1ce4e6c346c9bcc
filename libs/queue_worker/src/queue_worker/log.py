"""Process log lines: one JSON object a line on stdout, for the awslogs driver."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import IO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_encode = json.JSONEncoder(default=repr, ensure_ascii=False).encode


class JsonFormatter(logging.Formatter):
    """`{"timestamp","level","message","service","logger", ...}` plus every field passed as `extra`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """One line; a field that JSON cannot hold is written as its repr."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "timestamp": moment.replace("+00:00", "Z"),
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
        text = _encode(line)
        # Half a surrogate pair, which UTF-8 cannot hold, is no reason to lose the line.
        return text.encode(errors="backslashreplace").decode()


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
