"""Starts tasks: preparation in worker threads, processes in the main loop."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from local_agent.awslogs import LogShipper
from local_agent.container import Container
from local_agent.environment import TaskPlaces
from local_agent.events import log
from local_agent.health import HealthMonitor
from local_agent.process import TaskProcess
from local_agent.role_clients import AwsUnreachable
from local_agent.task import Task
from local_agent.task_start import PreparedContainer, PreparedTask, StartError, TaskPreparer

RETRY_SECONDS = 1.0
WORKERS = 4


class TaskRunner:
    """Brings tasks from PROVISIONING to RUNNING, or to STOPPED with the reason."""

    def __init__(
        self,
        preparer: TaskPreparer,
        shipper: LogShipper,
        agent_url: str,
        save: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._preparer, self._shipper, self._agent_url = preparer, shipper, agent_url
        self._save, self._wake = save, wake
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="prepare")
        self._under_way: dict[str, Future[PreparedTask]] = {}
        self._retry_at: dict[str, float] = {}

    def step(self, task: Task) -> None:
        """Move a task on that does not run yet."""
        if task.is_told_to_stop or task.last_status not in {"PROVISIONING", "PENDING"}:
            self._forget(task)
            return
        if task.order.id not in self._under_way:
            if monotonic() >= self._retry_at.get(task.order.id, 0.0):
                self._prepare(task)
            return
        future = self._under_way[task.order.id]
        if future.done():
            del self._under_way[task.order.id]
            self._prepared(task, future)

    def close(self) -> None:
        """Take on nothing more."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _forget(self, task: Task) -> None:
        self._retry_at.pop(task.order.id, None)
        if future := self._under_way.pop(task.order.id, None):
            future.cancel()

    def _prepare(self, task: Task) -> None:
        task.last_status = "PENDING"
        places = TaskPlaces(task.folder, self._agent_url, task.token, task.credentials_id, False)
        future = self._workers.submit(self._preparer.prepare, task.order, places)
        future.add_done_callback(lambda _: self._wake())
        self._under_way[task.order.id] = future

    def _prepared(self, task: Task, future: "Future[PreparedTask]") -> None:
        try:
            prepared = future.result()
        except AwsUnreachable as error:
            log("task_start_waits", task=task.order.id, error=str(error))
            self._retry_at[task.order.id] = monotonic() + RETRY_SECONDS
            return
        except StartError as error:
            log("task_failed_to_start", task=task.order.id, reason=str(error))
            task.fail_to_start(str(error))
            return
        task.definition, task.definition_shape = prepared.definition, prepared.shape
        self._start(task, prepared)

    def _start(self, task: Task, prepared: PreparedTask) -> None:
        task.containers = [Container(p.definition, uuid.uuid4().hex, p.port) for p in prepared.containers]
        # Written down before and after: a killed agent's successor then knows what to look for.
        self._save()
        for container, plan in zip(task.containers, prepared.containers, strict=True):
            try:
                self._start_container(container, plan)
            except OSError as error:
                container.reason = f"CannotStartContainerError: {' '.join(plan.argv)}: {error.strerror}"
                container.has_ended = True
                task.fail_to_start(container.reason)
                return
        task.running()
        self._save()

    def _start_container(self, container: Container, plan: PreparedContainer) -> None:
        container.process = TaskProcess.start(plan.argv, plan.environment, plan.image.folder, plan.output)
        log("container_started", container=plan.definition.name, pid=container.process.identity.pid)
        container.tail = plan.tail
        if plan.tail is not None:
            self._shipper.add(plan.tail)
        check = plan.definition.health_check
        if check is not None:
            container.monitor = HealthMonitor(check, plan.environment, plan.image.folder, monotonic)


def tasks_folder(state_dir: Path) -> Path:
    """Where each task has a folder of its own."""
    return state_dir / "tasks"
