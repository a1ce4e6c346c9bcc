"""Tasks that an earlier agent left running: taken over by pid and start time."""

import contextlib
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from local_agent.awslogs import LogShipper, LogTail
from local_agent.container import Container
from local_agent.events import log
from local_agent.health import HealthMonitor
from local_agent.process import Identity, TaskProcess, kill_group
from local_agent.state import order_of
from local_agent.task import Task
from local_agent.task_definition import TaskDefinition
from local_agent.task_start import TaskPreparer, output_path, stream_name


def adopt(before: dict[str, Any], folder: Path, preparer: TaskPreparer, shipper: LogShipper) -> list[Task]:
    """The tasks of the state file as they are now: still running, ended meanwhile, or never started."""
    tasks = []
    for entry in before.get("tasks", []):
        task = _restore(entry, folder)
        tasks.append(task)
        if task.is_stopped:
            task.is_counted = True
        elif task.definition is None or any(c["pid"] is None for c in entry["containers"]):
            _end_half_started(task)
        for container in task.containers:
            _follow_output(task, container, preparer, shipper)
        log("task_adopted", task=task.order.id, status=task.last_status)
    return tasks


def _restore(entry: dict[str, Any], folder: Path) -> Task:
    order = order_of(entry)
    task = Task(order, folder / order.id)
    task.token, task.credentials_id = entry["token"], entry["credentialsId"]
    task.times, task.was_steady = dict(entry["times"]), entry["wasSteady"]
    task.stop_reason, task.stop_code = entry["stopReason"], entry["stopCode"]
    task.last_status = entry["lastStatus"]
    if entry["definition"] is not None:
        task.definition_shape = entry["definition"]
        task.definition = TaskDefinition.parse(entry["definition"])
        definitions = {c.name: c for c in task.definition.containers}
        for written in entry["containers"]:
            container = Container(definitions[written["name"]], written["runtimeId"], written.get("hostPort"))
            task.containers.append(container)
            _restore_process(container, written, is_stopping=task.is_told_to_stop)
    return task


def _restore_process(container: Container, written: dict[str, Any], is_stopping: bool) -> None:
    container.has_ended = written["hasEnded"]
    if written["pid"] is None:
        return
    identity = Identity(written["pid"], written["startTime"])
    container.process = TaskProcess(identity)
    container.process.exit_code = written["exitCode"]
    if container.has_ended or not identity.is_alive():
        return
    if is_stopping:
        container.stop()  # once more, so that the stop timeout is counted
    elif container.definition.health_check is not None:
        with contextlib.suppress(psutil.Error):
            # Its own environment, read back: secrets are not written to the state file.
            process = psutil.Process(identity.pid)
            container.monitor = HealthMonitor(
                container.definition.health_check,
                process.environ(),
                Path(process.cwd()),
                monotonic,
                written["health"],
            )


def _end_half_started(task: Task) -> None:
    """The agent was killed while it started this task: end what of it may be there."""
    mark = f"/v4/{task.token}/"
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if mark in process.environ().get("ECS_CONTAINER_METADATA_URI_V4", ""):
                kill_group(Identity.of(process.pid))
    task.stop("The agent was restarted while the task started.", "ServiceSchedulerInitiated")


def _follow_output(task: Task, container: Container, preparer: TaskPreparer, shipper: LogShipper) -> None:
    options = container.definition.log_options
    output = output_path(task.folder, container.definition.name)
    if options is None or task.definition is None or not output.exists():
        return
    tail = LogTail(
        output,
        options["awslogs-group"],
        stream_name(container.definition, task.order.id),
        preparer.client_of("logs", task.definition),
    )
    container.tail = tail
    if container.has_ended:
        tail.end()
    shipper.add(tail)
