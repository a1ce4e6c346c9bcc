"""A queue and the tasks that empty it, second by second. Jobs are counted in groups that started together."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaling_parameters import TASK_START_SECONDS


@dataclass
class Group:
    """Jobs that arrived in one second, and where they are being worked on, started in one second."""

    arrived: int
    count: int
    started: int = -1


@dataclass(frozen=True)
class Stopping:
    """What becomes of jobs on a task that scale-in stops.

    A job that ends within `grace_seconds` is finished, another is interrupted. With `protects`, a task with a
    job older than that is not stopped. With `handed_back`, an interrupted job is visible again at once;
    otherwise when `visibility_seconds` since its start are over.
    """

    grace_seconds: int
    protects: bool
    handed_back: bool
    visibility_seconds: int


@dataclass
class Task:
    """A running task; it receives from `ready_at` on."""

    ready_at: int
    jobs: deque[Group] = field(default_factory=deque)
    in_flight: int = 0
    stops_at: int | None = None


class World:
    """The queue, the tasks, and what has been counted so far."""

    def __init__(self, *, job_seconds: int, concurrency: int, stopping: Stopping, tasks: int) -> None:
        self._job_seconds = job_seconds
        self._concurrency = concurrency
        self._stopping = stopping
        self._waiting: deque[Group] = deque()
        self._returning: list[tuple[int, Group]] = []
        self._tasks = [Task(0) for _ in range(tasks)]
        self.visible = 0
        self.desired = tasks
        self.arrived = self.done = self.interrupted = self.task_seconds = self.longest_wait_seconds = 0
        self.last_done_at = self.last_active_at = 0

    @property
    def in_flight(self) -> int:
        """Messages at work, or invisible after an interruption."""
        at_work = sum(task.in_flight for task in self._tasks)
        return at_work + sum(group.count for _, group in self._returning)

    def running(self, now: int) -> int:
        """Tasks that ECS calls running: those that receive, and not those that are stopping."""
        return sum(1 for task in self._receiving(now))

    def step(self, now: int, arrivals: int) -> None:
        """One second: finish, stop and start tasks, let messages arrive and be received."""
        self._finish(now)
        self._return(now)
        self._follow_desired(now)
        if arrivals:
            self.arrived += arrivals
            self.visible += arrivals
            self._waiting.append(Group(now, arrivals))
        self._receive(now)
        if self._waiting:
            self.longest_wait_seconds = max(self.longest_wait_seconds, now - self._waiting[0].arrived)
        if arrivals or self._waiting or self._tasks:
            self.last_active_at = now
        self.task_seconds += len(self._tasks)

    def _finish(self, now: int) -> None:
        for task in self._tasks:
            while task.jobs and task.jobs[0].started + self._job_seconds <= now:
                finished = task.jobs.popleft().count
                task.in_flight -= finished
                self.done += finished
                self.last_done_at = now

    def _return(self, now: int) -> None:
        if not self._returning:
            return
        back = sorted((group for at, group in self._returning if at <= now), key=lambda group: -group.arrived)
        self._returning = [(at, group) for at, group in self._returning if at > now]
        self._waiting.extendleft(back)
        self.visible += sum(group.count for group in back)

    def _follow_desired(self, now: int) -> None:
        self._tasks = [task for task in self._tasks if task.stops_at is None or task.stops_at > now]
        kept = [task for task in self._tasks if task.stops_at is None]
        for _ in range(self.desired - len(kept)):
            self._tasks.append(Task(now + TASK_START_SECONDS.value))
        free_to_stop = [task for task in kept if not self._is_protected(task, now)]
        for task in free_to_stop[: max(0, len(kept) - self.desired)]:
            self._stop(task, now)

    def _is_protected(self, task: Task, now: int) -> bool:
        oldest = task.jobs[0].started if task.jobs else now
        return self._stopping.protects and now - oldest > self._stopping.grace_seconds

    def _stop(self, task: Task, now: int) -> None:
        killed_at = now + self._stopping.grace_seconds
        for group in list(task.jobs):
            if group.started + self._job_seconds > killed_at:
                task.jobs.remove(group)
                task.in_flight -= group.count
                self.interrupted += group.count
                visible_at = killed_at
                if not self._stopping.handed_back:
                    visible_at = max(killed_at, group.started + self._stopping.visibility_seconds)
                self._returning.append((visible_at, Group(group.arrived, group.count)))
                task.stops_at = killed_at
        if task.stops_at is None:
            task.stops_at = max((group.started + self._job_seconds for group in task.jobs), default=now) + 1

    def _receiving(self, now: int) -> Iterator[Task]:
        return (task for task in self._tasks if task.stops_at is None and task.ready_at <= now)

    def _receive(self, now: int) -> None:
        """Tasks share what waits evenly, the oldest messages first."""
        if not self._waiting:
            return
        tasks = list(self._receiving(now))
        for index, task in enumerate(tasks):
            share = -(-self.visible // (len(tasks) - index))
            self._give(task, min(share, self._concurrency - task.in_flight), now)

    def _give(self, task: Task, wanted: int, now: int) -> None:
        while wanted > 0 and self._waiting:
            head = self._waiting[0]
            taken = min(wanted, head.count)
            task.jobs.append(Group(head.arrived, taken, started=now))
            task.in_flight += taken
            wanted -= taken
            head.count -= taken
            self.visible -= taken
            if not head.count:
                self._waiting.popleft()
