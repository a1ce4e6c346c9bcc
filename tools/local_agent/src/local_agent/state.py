"""What the agent must remember: which processes are its tasks.

`agent.json` is read by others too (to end everything when the agent is gone); its shape is in the README.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from local_agent.container import Container
from local_agent.process import Identity
from local_agent.task import Order, Task

FILE_NAME, LOCK_NAME, VERSION = "agent.json", "agent.lock", 1


class StateError(Exception):
    """The state folder cannot be used; the message is one sentence."""


class StateFile:
    """The state folder, held by one agent at a time."""

    def __init__(self, folder: Path) -> None:
        """Raises StateError."""
        self._path = folder / FILE_NAME
        self._written = ""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock: IO[str] = (folder / LOCK_NAME).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"Another agent uses {folder}; stop it or give another --state-dir.") from None
        except OSError as error:
            raise StateError(f"The state folder {folder} cannot be used: {error.strerror}.") from None

    def read(self) -> dict[str, Any]:
        """What the agent before this one left; empty when there was none."""
        return read_state(self._path.parent)

    def save(self, cluster: str, endpoint_port: int, tasks: list[Task], addresses: dict[str, str]) -> None:
        """Write the file anew if anything has changed; a reader sees the old one or the new one."""
        own = Identity.of(os.getpid())
        state = {
            "version": VERSION,
            "cluster": cluster,
            "agent": {"pid": own.pid, "startTime": own.start_time},
            "endpointPort": endpoint_port,
            "addresses": addresses,
            "tasks": [record(task) for task in tasks],
        }
        text = json.dumps(state, indent=1)
        if text != self._written:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(self._path)
            self._written = text


def read_state(folder: Path) -> dict[str, Any]:
    """The content of `agent.json` in a state folder; empty when there is none."""
    try:
        state: dict[str, Any] = json.loads((folder / FILE_NAME).read_text())
    except (OSError, ValueError):
        return {}
    return state if state.get("version") == VERSION else {}


def record(task: Task) -> dict[str, Any]:
    """A task as it is written down."""
    order = task.order
    return {
        "taskArn": order.arn,
        "lastStatus": task.last_status,
        "containers": [_container(container) for container in task.containers],
        "order": vars(order),
        "token": task.token,
        "credentialsId": task.credentials_id,
        "times": dict(task.times),
        "wasSteady": task.was_steady,
        "stopReason": task.stop_reason,
        "stopCode": task.stop_code,
        "definition": task.definition_shape,
    }


def _container(container: Container) -> dict[str, Any]:
    process = container.process
    return {
        "name": container.definition.name,
        "runtimeId": container.runtime_id,
        "pid": process.identity.pid if process else None,
        "startTime": process.identity.start_time if process else None,
        "stopTimeoutSeconds": container.definition.stop_timeout_seconds,
        "exitCode": container.exit_code,
        "health": container.health,
        "hostPort": container.host_port,
        "hasEnded": container.has_ended,
    }


def order_of(entry: dict[str, Any]) -> Order:
    """The order behind a written task."""
    return Order(**entry["order"])
