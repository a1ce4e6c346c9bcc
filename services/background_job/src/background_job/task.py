"""Which task this process is, for the name of its shared log stream."""

import json
import os
import re
import socket
import urllib.error
import urllib.request

_TIMEOUT_SECONDS = 2.0


def task_id(metadata_url: str) -> str:
    """The ECS task's id from the metadata endpoint, or `<host>-<pid>` where there is none."""
    return _from_metadata(metadata_url) or _from_host()


def _from_metadata(metadata_url: str) -> str:
    if not metadata_url:
        return ""
    try:
        # The URL comes from ECS itself, by the task's environment.
        with urllib.request.urlopen(f"{metadata_url}/task", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            arn = json.load(answer).get("TaskARN", "")
    except (OSError, urllib.error.URLError, ValueError, AttributeError):
        return ""
    return str(arn).rsplit("/", 1)[-1] if isinstance(arn, str) else ""


def _from_host() -> str:
    # A stream name holds no ":" and no "*".
    return f"{re.sub(r'[^A-Za-z0-9.-]', '-', socket.gethostname())}-{os.getpid()}"
