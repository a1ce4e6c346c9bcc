"""The agent's main loop: what is wanted, what runs, and the difference."""

import threading
import time
import traceback
from collections.abc import Callable, Container
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_agent.adoption import adopt
from local_agent.awslogs import LogShipper
from local_agent.control_plane import Channel, Reporter, Watcher
from local_agent.endpoint import Endpoint
from local_agent.events import log
from local_agent.front import Fronts
from local_agent.images import read_images
from local_agent.ports import served
from local_agent.role_clients import AwsUnreachable, RoleClients
from local_agent.service_controller import Actions, ServiceController, order_for
from local_agent.settings import Settings
from local_agent.state import StateFile
from local_agent.task import Order, Task
from local_agent.task_answers import TaskAnswers
from local_agent.task_folders import discard_old, tidy
from local_agent.task_runner import TaskRunner, tasks_folder
from local_agent.task_start import TaskPreparer

STEP_SECONDS = 0.1
FAILED_STEP_SECONDS = 1.0
# How long the agent still shows a task that has stopped.
KEPT_SECONDS = 60.0
# An embedded AWS that was started anew is empty until Terraform is applied again.
CLUSTER_MISSING_GRACE_SECONDS = 60.0
LOG_FLUSH_SECONDS = 15.0
REPORT_FLUSH_SECONDS = 2.0


class Agent:
    """Keeps the tasks of one cluster running. Everything here happens in one thread."""

    def __init__(self, settings: Settings) -> None:
        """Adopts what an earlier agent left running. Raises StateError, ImageError."""
        self._settings = settings
        self._state = StateFile(settings.state_dir)
        self._wake = threading.Event()
        tasks_folder(settings.state_dir).mkdir(exist_ok=True)
        self._tasks: dict[str, Task] = {}
        self._controllers: dict[str, ServiceController] = {}
        self._seen = ("", "")
        self._cluster_missing_since: float | None = None
        self._clients = RoleClients(settings.endpoint_url, settings.region)
        self._account: str | None = None
        images = read_images(settings.images_path)
        before = self._state.read()
        self._endpoint = self._open_endpoint(before.get("endpointPort", 0))
        self._shipper = LogShipper()
        self._fronts = Fronts()
        preparer = TaskPreparer(self._clients, images, settings.endpoint_url, settings.region)
        for task in adopt(before, tasks_folder(settings.state_dir), preparer, self._shipper):
            self._tasks[task.order.arn] = task
            if self._endpoint.port != before["endpointPort"]:
                # Its environment names the old port, where credentials are to be had no more.
                task.stop("The agent's endpoint had to move.", "ServiceSchedulerInitiated")
        self._save()
        channel = Channel(settings.endpoint_url, self._account_id, settings.region, settings.cluster)
        self._runner = TaskRunner(preparer, self._shipper, self._endpoint.url, self._save, self._wake.set)
        self._reporter = Reporter(channel)
        self._watcher = Watcher(channel, self._wake)

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Run until `should_stop` says so, then end every task in order."""
        while not should_stop():
            self._wake.wait(STEP_SECONDS)
            self._wake.clear()
            self._safely(self._step)
        self._shut_down()

    def _safely(self, step: Callable[[], None]) -> None:
        """An agent that broke down would leave its tasks to themselves: log it and go on."""
        try:
            step()
        except Exception:
            log("step_failed", traceback=traceback.format_exc())
            time.sleep(FAILED_STEP_SECONDS)

    def _account_id(self) -> str:
        if self._account is None:
            try:
                self._account = str(self._clients.own("sts").get_caller_identity()["Account"])
            except (ClientError, BotoCoreError) as error:
                raise AwsUnreachable(str(error)) from None
        return self._account

    def _open_endpoint(self, port: int) -> Endpoint:
        answers = TaskAnswers(self._clients, lambda: list(self._tasks.values()), self._settings.cluster)
        try:
            return Endpoint(port, answers.answer)
        except OSError:
            log("endpoint_port_taken", port=port)
            return Endpoint(0, answers.answer)

    def _step(self) -> None:
        wanted = self._watcher.wanted
        if wanted is not None:
            self._notice_restart(wanted)
        news: dict[str, dict[str, Any]] = {}
        if wanted is not None and self._has_cluster(wanted):
            self._obey(wanted)
            news = self._decide(wanted)
        self._advance()
        self._publish(news)

    def _notice_restart(self, wanted: dict[str, Any]) -> None:
        """An embedded AWS that was started anew, or a cluster made anew, knows nothing of the tasks."""
        epoch, cluster_arn = self._seen
        if wanted["epoch"] != epoch:
            self._clients.forget()
        if (wanted["epoch"], wanted["clusterArn"] or cluster_arn) != self._seen:
            self._reporter.resync()
        self._seen = (wanted["epoch"], wanted["clusterArn"] or "")

    def _advance(self) -> None:
        for task in self._tasks.values():
            self._runner.step(task)
            was_stopped = task.is_stopped
            task.step()
            if task.is_stopped and not was_stopped:
                log("task_stopped", task=task.order.id, reason=task.stop_reason)
                tidy(task.folder)

    def _has_cluster(self, wanted: dict[str, Any]) -> bool:
        """Whether to act on the wanted state; a cluster that has just vanished may come back."""
        if wanted["clusterArn"] is not None:
            self._cluster_missing_since = None
            return True
        now = time.monotonic()
        if self._cluster_missing_since is None:
            self._cluster_missing_since = now
        return now - self._cluster_missing_since > CLUSTER_MISSING_GRACE_SECONDS

    def _obey(self, wanted: dict[str, Any]) -> None:
        """RunTask, StopTask, and tasks whose service is gone."""
        services = {service["serviceName"] for service in wanted["services"]}
        orders = {entry["taskArn"]: entry for entry in wanted["tasks"]}
        for entry in wanted["tasks"]:
            if entry["order"] is not None and entry["taskArn"] not in self._tasks:
                self._add_task(Order(cluster_arn=wanted["clusterArn"], **entry["order"]))
        for task in self._tasks.values():
            entry = orders.get(task.order.arn)
            if entry is not None and entry["stopReason"] is not None:
                task.stop(entry["stopReason"], entry["stopCode"])
            elif task.order.service_name is not None and task.order.service_name not in services:
                task.stop("The service was deleted.", "ServiceSchedulerInitiated")

    def _decide(self, wanted: dict[str, Any]) -> dict[str, dict[str, Any]]:
        now = time.time()
        protected = {t["taskArn"] for t in wanted["tasks"] if (t["protectedUntil"] or 0) > now}
        news = {}
        for service in wanted["services"]:
            name = service["serviceName"]
            controller = self._controllers.setdefault(name, ServiceController(name))
            of_service = [task for task in self._tasks.values() if task.order.service_name == name]
            actions = controller.step(service, of_service, protected)
            # As with a load balancer, no more requests first: SIGTERM finds none that has just come.
            self._route(leaving={task.order.id for task, _ in actions.stop})
            for task, reason in actions.stop:
                task.stop(reason, "ServiceSchedulerInitiated")
            if actions.start:
                started = [
                    self._add_task(order_for(service, wanted["clusterArn"])) for _ in range(actions.start)
                ]
                actions.events.append(controller.started(started))
            if actions.events or actions.progress:
                news[name] = _news(actions)
        return news

    def _add_task(self, order: Order) -> str:
        self._tasks[order.arn] = Task(order, tasks_folder(self._settings.state_dir) / order.id)
        return order.id

    def _route(self, leaving: Container[str] = ()) -> None:
        """New connections go to tasks that are up, and are not about to leave."""
        self._fronts.serve(served(self._tasks.values(), leaving))

    def _publish(self, news: dict[str, dict[str, Any]]) -> None:
        self._route()
        self._save()
        self._reporter.offer({arn: task.shape() for arn, task in self._tasks.items()}, news)
        now = time.time()
        for arn, task in list(self._tasks.items()):
            if task.is_stopped and now - task.times["stoppedAt"] > KEPT_SECONDS:
                del self._tasks[arn]
                self._clients.forget_session(task.order.id)
                discard_old(
                    tasks_folder(self._settings.state_dir), {t.order.id for t in self._tasks.values()}
                )

    def _save(self) -> None:
        self._state.save(
            self._settings.cluster, self._endpoint.port, list(self._tasks.values()), self._fronts.addresses
        )

    def _shut_down(self) -> None:
        """First the tasks, then their last lines and states; the endpoint last: stopping tasks use it."""
        self._runner.close()
        for task in self._tasks.values():
            task.stop("The local agent stops.", "ServiceSchedulerInitiated")
        while not all(task.is_stopped for task in self._tasks.values()):
            self._wake.wait(STEP_SECONDS / 2)
            self._safely(self._advance)
            self._safely(lambda: self._publish({}))
        self._fronts.close()
        self._shipper.close(LOG_FLUSH_SECONDS)
        self._reporter.flush(REPORT_FLUSH_SECONDS)
        self._endpoint.close()
        log("agent_stopped")


def _news(actions: Actions) -> dict[str, Any]:
    now = time.time()
    events = [{"createdAt": now, "message": message} for message in actions.events]
    return {"events": events, "deployments": actions.progress}
