"""StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask: moto has none of them.

As in SQS, a moved message is a new one: it has a new id and a new enqueue time.
"""

import threading
import time
import uuid
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.responses import SQSResponse

from embedded_aws.fixes.sqs.shelf import AVAILABLE

MESSAGES_PER_SECOND = 500  # SQS: the most that one task moves
TASKS_LISTED = 10


@dataclass
class Task:
    """One move; `destination` is None when each message goes back to where it came from."""

    source: Any
    destination: Any
    rate: int | None
    to_move: int
    started_ms: int = field(default_factory=lambda: int(time.time() * 1000))
    status: str = "RUNNING"
    moved: int = 0
    failure: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def handle(self) -> str:
        """What CancelMessageMoveTask takes."""
        return b64encode(f'{{"taskId":"{self.id}","sourceArn":"{self.source.queue_arn}"}}'.encode()).decode()

    def describe(self) -> dict[str, Any]:
        """As ListMessageMoveTasks shows it: the handle only while it runs, and nothing that is not set."""
        shown = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "DestinationArn": self.destination.queue_arn if self.destination else None,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": self.started_ms,
        }
        return {name: value for name, value in shown.items() if value is not None}


def apply() -> None:
    """Add the three operations; tasks live with the backend (account and region)."""
    SQSResponse.start_message_move_task = _start
    SQSResponse.list_message_move_tasks = _list
    SQSResponse.cancel_message_move_task = _cancel


def _tasks(response: Any) -> list[Task]:
    found: list[Task] = response.sqs_backend.__dict__.setdefault("move_tasks", [])
    return found


def _start(self: Any) -> Any:
    source = _queue(self, "SourceArn")
    destination = _queue(self, "DestinationArn") if self._get_param("DestinationArn") else None
    if not self.sqs_backend.list_dead_letter_source_queues(source.name):
        raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
    if any(task.source is source and task.status in {"RUNNING", "CANCELLING"} for task in _tasks(self)):
        raise InvalidParameterValue(
            "There is already a task running. "
            "Only one active task is allowed for a source queue arn at a given time."
        )
    rate = self._get_param("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= MESSAGES_PER_SECOND:
        raise InvalidParameterValue(f"MaxNumberOfMessagesPerSecond must be from 1 to {MESSAGES_PER_SECOND}.")
    task = Task(source, destination, rate, to_move=len(source.shelf.messages(AVAILABLE)))
    _tasks(self).append(task)
    threading.Thread(target=_run, args=(task, self.sqs_backend), daemon=True).start()
    return ActionResult({"TaskHandle": task.handle})


def _list(self: Any) -> Any:
    source = _queue(self, "SourceArn")
    wanted = self._get_param("MaxResults") or 1
    newest_first = [task.describe() for task in reversed(_tasks(self)) if task.source is source]
    return ActionResult({"Results": newest_first[: min(wanted, TASKS_LISTED)]})


def _cancel(self: Any) -> Any:
    handle = self._get_param("TaskHandle")
    for task in _tasks(self):
        if task.handle == handle and task.status == "RUNNING":
            task.status = "CANCELLING"
            return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})
    raise SQSException("ResourceNotFoundException", "Task does not exist.")


def _queue(response: Any, parameter: str) -> Any:
    arn = response._get_param(parameter)
    found = response.sqs_backend.queues.get(str(arn).rpartition(":")[2])
    if found is None or found.queue_arn != arn:
        raise SQSException(
            "ResourceNotFoundException",
            f"The resource that you specified for the {parameter} parameter doesn't exist.",
        )
    return found


def _run(task: Task, backend: Any) -> None:
    """Move what was there at the start, at the task's rate; a message that cannot be moved ends it."""
    while task.moved < task.to_move and task.status == "RUNNING":
        received = task.source.shelf.take(1, 60, 0, lambda: False)
        if not received:
            break
        try:
            _move(task, backend, received[0])
        except SQSException as error:
            task.source.shelf.change_visibility(received[0].receipt_handle, 0)
            task.status, task.failure = "FAILED", error.code
            return
        task.moved += 1
        time.sleep(1 / (task.rate or MESSAGES_PER_SECOND))
    task.status = "CANCELLED" if task.status == "CANCELLING" else "COMPLETED"


def _move(task: Task, backend: Any, message: Any) -> None:
    origin = getattr(message, "dead_letter_queue_source_arn", None) or ""
    if not (task.destination or origin):
        # Only what SQS itself moved there has a source to go back to.
        raise SQSException("CouldNotDetermineMessageSource", "The message was sent to this queue itself.")
    name = task.destination.name if task.destination else origin.rpartition(":")[2]
    backend.send_message(
        name,
        message.body,
        message_attributes=message.message_attributes,
        deduplication_id=message.deduplication_id,
        group_id=message.group_id,
        system_attributes=message.system_attributes,
    )
    task.source.shelf.delete(message.receipt_handle)
