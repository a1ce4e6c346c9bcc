"""Which tasks of a service to start and to stop: ECS's rolling update, as a pure function."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TaskView:
    """What the plan needs to know of a task that has not been told to stop."""

    id: str
    is_primary: bool  # started by the deployment that the service moves to
    is_steady: bool  # runs, and is healthy where it has a health check
    is_protected: bool
    started_at: float


@dataclass(frozen=True)
class Plan:
    """What to do now."""

    start: int = 0
    stop: tuple[str, ...] = ()
    is_complete: bool = False  # exactly the wanted tasks, all steady, none of an older deployment
    held_by_protection: tuple[str, ...] = ()
    is_stuck: bool = False  # the deployment configuration lets nothing start and nothing stop


@dataclass(frozen=True)
class Bounds:
    """A service's wanted count and its deployment configuration."""

    desired: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200

    @property
    def most(self) -> int:
        """How many tasks may be up at once (ECS rounds down)."""
        return math.floor(self.desired * self.maximum_percent / 100)

    @property
    def fewest(self) -> int:
        """How many tasks must be steady at all times (ECS rounds up)."""
        return math.ceil(self.desired * self.minimum_healthy_percent / 100)


def make_plan(bounds: Bounds, tasks: Sequence[TaskView], draining: int = 0) -> Plan:
    """One step towards `desired` tasks of the primary deployment and none of an older one.

    `draining`: tasks of older deployments that were told to stop and have not stopped yet.
    """
    primary = [task for task in tasks if task.is_primary]
    older = [task for task in tasks if not task.is_primary]
    # In a first deployment or a plain scale-out nothing is replaced, and the upper bound is not asked.
    room = bounds.most - len(tasks) if older else bounds.desired
    start = max(0, min(bounds.desired - len(primary), room))

    surplus = _surplus(primary, bounds.desired)
    replaced = _replaceable(older, primary, bounds)
    free = [task for task in (*surplus, *replaced) if not task.is_protected]
    held = [task.id for task in (*surplus, *older) if task.is_protected]
    steady = sum(task.is_steady for task in primary)
    return Plan(
        start=start,
        stop=tuple(task.id for task in free),
        is_complete=not older and not draining and len(primary) == bounds.desired == steady,
        held_by_protection=tuple(held),
        is_stuck=bool(older) and len(primary) < bounds.desired and not start and not free and not held,
    )


def _surplus(primary: list[TaskView], desired: int) -> list[TaskView]:
    """Tasks beyond the wanted count: protected ones last, unsteady ones first, then the youngest."""
    count = len(primary) - desired
    if count <= 0:
        return []
    order = sorted(primary, key=lambda task: (task.is_protected, task.is_steady, -task.started_at))
    return order[:count]


def _replaceable(older: list[TaskView], primary: list[TaskView], bounds: Bounds) -> list[TaskView]:
    """Tasks of older deployments that may go without leaving too few steady ones."""
    unsteady = [task for task in older if not task.is_steady]
    steady = [task for task in older if task.is_steady]
    spare = len(steady) + sum(task.is_steady for task in primary) - bounds.fewest
    order = sorted(steady, key=lambda task: (task.is_protected, task.started_at))
    return [*unsteady, *order[: max(0, spare)]]
