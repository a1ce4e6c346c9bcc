"""One service: counts, throttled restarts, circuit breaker, events."""

import math
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from local_agent.plan import Bounds, Plan, TaskView, make_plan
from local_agent.task import Order, Task

# ECS spaces out restarts of tasks that do not come up, to at most 15 minutes; here to one minute.
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 1.0, 60.0
# Circuit breaker: half the desired count, at least 3, at most 200.
FEWEST_FAILURES, MOST_FAILURES = 3, 200
INCONSISTENT_AFTER = 3


@dataclass
class Actions:
    """What the agent is to do for a service."""

    start: int = 0
    stop: list[tuple[Task, str]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)


class ServiceController:
    """Decides for one service. Remembers only what the control plane does not."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._deployment_id = ""
        self._failed_ids: set[str] = set()
        self._failed_tasks = 0  # of this deployment, until one task is steady
        self._streak = 0  # failures in a row, for the backoff
        self._start_after = 0.0
        self._is_steady_said = False
        self._is_held_said = self._is_stuck_said = False
        self._rollout = ""

    def step(self, service: dict[str, Any], tasks: list[Task], protected: set[str]) -> Actions:
        """`service` as the control plane wants it, `tasks` all that are known of it."""
        actions = Actions()
        primary = next((d for d in service["deployments"] if d["status"] == "PRIMARY"), None)
        if primary is None:
            return actions
        self._follow(primary)
        self._count_failures(tasks, actions)
        self._replace_unhealthy(service, tasks, actions)
        alive = [task for task in tasks if not task.is_told_to_stop]
        draining = sum(
            task.is_told_to_stop and not task.is_stopped and not self._is_primary(task) for task in tasks
        )
        if service["status"] == "DRAINING":
            protected = set()
        plan = make_plan(_bounds(service), [self._view(task, protected) for task in alive], draining)
        self._judge(service, alive, actions)
        if self._deployment_id not in self._failed_ids and time.monotonic() >= self._start_after:
            actions.start = plan.start
        stopping = set(plan.stop)
        reason = f"Scaling activity initiated by (deployment {self._deployment_id})"
        actions.stop += [(task, reason) for task in alive if task.order.id in stopping]
        self._tell_stops(plan, actions)
        self._tell_progress(plan.is_complete, actions)
        return actions

    def started(self, task_ids: list[str]) -> str:
        """The event for tasks that were started."""
        self._is_steady_said = False
        return f"(service {self._name}) has started {len(task_ids)} tasks: {_named(task_ids)}."

    def _follow(self, primary: dict[str, Any]) -> None:
        if primary["id"] != self._deployment_id:
            self._deployment_id = primary["id"]
            self._failed_tasks = primary["failedTasks"]
            self._streak, self._start_after = 0, 0.0
            self._rollout = primary["rolloutState"]
            self._is_steady_said = self._is_held_said = False
        if primary["rolloutState"] == "FAILED":
            self._failed_ids.add(primary["id"])

    def _is_primary(self, task: Task) -> bool:
        return task.order.started_by == self._deployment_id

    def _view(self, task: Task, protected: set[str]) -> TaskView:
        return TaskView(
            id=task.order.id,
            is_primary=self._is_primary(task),
            is_steady=task.is_steady(),
            is_protected=task.order.arn in protected,
            started_at=task.times["createdAt"],
        )

    def _count_failures(self, tasks: list[Task], actions: Actions) -> None:
        for task in tasks:
            if not task.is_stopped or task.is_counted:
                continue
            task.is_counted = True
            by_itself = task.stop_code in {"EssentialContainerExited", "TaskFailedToStart"}
            unhealthy = task.stop_code == "ServiceSchedulerInitiated" and task.health == "UNHEALTHY"
            if not self._is_primary(task) or task.was_steady or not (by_itself or unhealthy):
                continue
            self._failed_tasks += 1
            self._streak += 1
            # The first failure is replaced at once.
            backoff = 0.0 if self._streak == 1 else FIRST_BACKOFF_SECONDS * 2 ** (self._streak - 2)
            self._start_after = time.monotonic() + min(backoff, LONGEST_BACKOFF_SECONDS)
            actions.progress.append({"id": self._deployment_id, "failedTasks": self._failed_tasks})
            if self._streak == INCONSISTENT_AFTER:
                actions.events.append(
                    f"(service {self._name}) is unable to consistently start tasks successfully."
                )

    def _replace_unhealthy(self, service: dict[str, Any], tasks: list[Task], actions: Actions) -> None:
        grace_seconds = service.get("healthCheckGracePeriodSeconds") or 0
        for task in tasks:
            if task.is_told_to_stop or task.health != "UNHEALTHY":
                continue
            if time.time() - task.times["startedAt"] < grace_seconds:
                continue
            actions.stop.append((task, "Task failed container health checks"))
            actions.events.append(
                f"(service {self._name}) (task {task.order.id}) failed container health checks."
            )

    def _judge(self, service: dict[str, Any], alive: list[Task], actions: Actions) -> None:
        """The circuit breaker."""
        if any(self._is_primary(task) and task.is_steady() for task in alive) and self._failed_tasks:
            self._failed_tasks = 0
            actions.progress.append({"id": self._deployment_id, "failedTasks": 0})
        breaker = service["deploymentConfiguration"].get("deploymentCircuitBreaker") or {}
        threshold = min(max(FEWEST_FAILURES, math.ceil(service["desiredCount"] / 2)), MOST_FAILURES)
        is_open = breaker.get("enable") and self._rollout == "IN_PROGRESS" and self._failed_tasks >= threshold
        if is_open and self._deployment_id not in self._failed_ids:
            self._failed_ids.add(self._deployment_id)
            self._rollout = "FAILED"
            actions.progress.append({"id": self._deployment_id, "rolloutState": "FAILED"})

    def _tell_stops(self, plan: Plan, actions: Actions) -> None:
        if plan.stop:
            self._is_steady_said = False
            names = _named(sorted(plan.stop))
            actions.events.append(
                f"(service {self._name}) has stopped {len(plan.stop)} running tasks: {names}."
            )
        if plan.held_by_protection and not self._is_held_said:
            actions.events.append(f"(service {self._name}) waits for tasks with scale-in protection.")
        self._is_held_said = bool(plan.held_by_protection)
        if plan.is_stuck and not self._is_stuck_said:
            actions.events.append(
                f"(service {self._name}) was unable to stop or start tasks during a deployment because of "
                "the service deployment configuration. Update the minimumHealthyPercent or maximumPercent "
                "value and try again."
            )
        self._is_stuck_said = plan.is_stuck

    def _tell_progress(self, is_complete: bool, actions: Actions) -> None:
        if not is_complete:
            return
        self._streak = 0
        if self._rollout == "IN_PROGRESS":
            self._rollout = "COMPLETED"
            actions.progress.append({"id": self._deployment_id, "rolloutState": "COMPLETED"})
            actions.events.append(
                f"(service {self._name}) (deployment {self._deployment_id}) deployment completed."
            )
        if not self._is_steady_said:
            self._is_steady_said = True
            actions.events.append(f"(service {self._name}) has reached a steady state.")


def order_for(service: dict[str, Any], cluster_arn: str) -> Order:
    """The order for one more task of the service's primary deployment."""
    primary = next(d for d in service["deployments"] if d["status"] == "PRIMARY")
    strategy = service.get("capacityProviderStrategy")
    launch: dict[str, Any] = {"launchType": service.get("launchType") or "FARGATE"}
    if strategy:
        launch = {"capacityProviderName": strategy[0]["capacityProvider"]}
    if service.get("propagateTags") == "SERVICE":
        launch["tags"] = service.get("tags") or []
    return Order(
        arn=f"{cluster_arn.replace(':cluster/', ':task/')}/{uuid.uuid4().hex}",
        cluster_arn=cluster_arn,
        task_definition_arn=primary["taskDefinition"],
        group=f"service:{service['serviceName']}",
        started_by=primary["id"],
        launch=launch,
    )


def _bounds(service: dict[str, Any]) -> Bounds:
    configuration = service["deploymentConfiguration"]
    return Bounds(
        desired=service["desiredCount"],
        minimum_healthy_percent=configuration["minimumHealthyPercent"],
        maximum_percent=configuration["maximumPercent"],
    )


def _named(task_ids: list[str]) -> str:
    return " ".join(f"(task {task_id})" for task_id in task_ids)
