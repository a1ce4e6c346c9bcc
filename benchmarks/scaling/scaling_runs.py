"""Each pattern against each policy: one run, its figures, and its course by the minute."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scaling_arrivals import HOUR, Pattern, burst, daily_wave, steady
from scaling_parameters import (
    DEFAULT_STOP_TIMEOUT_SECONDS,
    SLEEP_AFTER_SECONDS,
    WAKE_LAG_SECONDS,
    Scaling,
    deployed_scaling,
)
from scaling_policies import MINUTE, Metrics, Policy, QueueDepthSteps, TargetTracking
from scaling_world import Stopping, World

# How long SQS keeps a message invisible for a worker without a heartbeat: twice what a job takes.
PLAIN_VISIBILITY_JOBS = 2


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    pattern: str
    policy: str
    arrived: int
    done: int
    left: int
    drain_seconds: int | None
    longest_wait_seconds: int
    task_hours: float
    interrupted: int
    tasks_by_minute: tuple[int, ...]
    visible_by_minute: tuple[int, ...]


@dataclass(frozen=True)
class Contender:
    """A policy, and how the tasks under it stop."""

    name: str
    make: Callable[[Scaling], Policy]
    stopping: Callable[[Scaling], Stopping]
    may_sleep: bool = True


def our_stopping(scaling: Scaling) -> Stopping:
    """SIGTERM: finish within the drain time or hand back; a job longer than that protects its task."""
    return Stopping(scaling.drain_timeout_seconds, protects=True, handed_back=True, visibility_seconds=0)


def plain_stopping(scaling: Scaling) -> Stopping:
    """ECS's default stop timeout, no protection, and no hand-back."""
    visibility = max(
        DEFAULT_STOP_TIMEOUT_SECONDS.value, int(PLAIN_VISIBILITY_JOBS * scaling.mean_job_seconds)
    )
    return Stopping(DEFAULT_STOP_TIMEOUT_SECONDS.value, False, False, visibility)


OURS = Contender("backlog per task", TargetTracking, our_stopping)
PLAIN = Contender(
    "queue depth steps",
    lambda scaling: QueueDepthSteps(max(1, scaling.min_tasks), scaling.max_tasks),
    plain_stopping,
    may_sleep=False,
)
PLAIN_WITH_OUR_WORKER = replace(PLAIN, name="queue depth steps, our worker", stopping=our_stopping)
WITHOUT_BRAKE = Contender(
    "without the brake", lambda scaling: TargetTracking(scaling, with_brake=False), our_stopping
)


def short_jobs() -> Scaling:
    """As deployed: the defaults of the background job."""
    return deployed_scaling()


def long_jobs() -> Scaling:
    """Jobs of five minutes, which may wait for fifteen."""
    return replace(deployed_scaling(), mean_job_seconds=300, acceptable_wait_seconds=900)


def short_patterns() -> list[Pattern]:
    """For jobs of a second; a task does 16 of them a second."""
    return [
        steady("steady, 40 a second", 40, seconds=6 * HOUR),
        burst("burst of 1,000", 1_000, at=HOUR, seconds=3 * HOUR),
        burst("burst of 1,000, asleep", 1_000, at=HOUR, seconds=3 * HOUR, from_zero=True),
        burst("burst of 100,000", 100_000, at=HOUR, seconds=3 * HOUR),
        daily_wave("daily wave, up to 80 a second", 80),
        burst("dead quiet, one message after 7 h", 1, at=7 * HOUR, seconds=9 * HOUR, from_zero=True),
    ]


def long_patterns() -> list[Pattern]:
    """For jobs of five minutes; a task does 16 of them at once."""
    return [
        steady("steady, 8 a minute", 8 / MINUTE, seconds=12 * HOUR),
        burst("burst of 1,000", 1_000, at=HOUR, seconds=4 * HOUR),
        daily_wave("daily wave, up to 24 a minute", 24 / MINUTE),
    ]


def by_cooldown() -> dict[int, Outcome]:
    """A burst that needs some of many tasks, with several scale-out cooldowns."""
    pattern = burst("burst of 10,000 where 50 tasks are allowed", 10_000, at=HOUR, seconds=3 * HOUR)
    many = replace(short_jobs(), max_tasks=50)
    chosen = sorted({60, 120, 180, many.scale_out_cooldown_seconds, 300})
    return {
        seconds: run(pattern, OURS, replace(many, scale_out_cooldown_seconds=seconds)) for seconds in chosen
    }


def run(pattern: Pattern, contender: Contender, scaling: Scaling) -> Outcome:
    """Play the pattern to its end."""
    sleeps = pattern.from_zero and contender.may_sleep
    scaling = replace(scaling, min_tasks=0 if sleeps else scaling.min_tasks)
    world = World(
        job_seconds=int(scaling.mean_job_seconds),
        concurrency=scaling.concurrency,
        stopping=contender.stopping(scaling),
        tasks=pattern.tasks_at_first if sleeps else max(1, pattern.tasks_at_first),
    )
    policy = contender.make(scaling)
    metrics = Metrics()
    queue = QueueActivity()
    tasks_by_minute, visible_by_minute = [], []
    for now, arrivals in enumerate(pattern.arrivals()):
        world.step(now, arrivals)
        if now % MINUTE == MINUTE - 1:
            visible, in_flight, running = world.visible, world.in_flight, world.running(now)
            awake = queue.is_awake(now, world.last_active_at)
            metrics.publish(visible=visible, in_flight=in_flight, running=running, queue_is_awake=awake)
            world.desired = policy.decide(now, metrics, world.desired)
            tasks_by_minute.append(running)
            visible_by_minute.append(visible)
    drained = world.done == world.arrived and pattern.ends_at is not None
    return Outcome(
        pattern=pattern.name,
        policy=contender.name,
        arrived=world.arrived,
        done=world.done,
        left=world.visible + world.in_flight,
        drain_seconds=world.last_done_at - (pattern.ends_at or 0) if drained else None,
        longest_wait_seconds=world.longest_wait_seconds,
        task_hours=world.task_seconds / HOUR,
        interrupted=world.interrupted,
        tasks_by_minute=tuple(tasks_by_minute),
        visible_by_minute=tuple(visible_by_minute),
    )


class QueueActivity:
    """Whether SQS publishes metrics of the queue: it goes to sleep after some hours, and wakes late."""

    def __init__(self) -> None:
        self._silent_until = 0
        self._last_active_at = 0

    def is_awake(self, now: int, last_active_at: int) -> bool:
        """Asked once a minute."""
        slept = last_active_at - self._last_active_at
        if slept > SLEEP_AFTER_SECONDS.value:
            self._silent_until = last_active_at + WAKE_LAG_SECONDS.value
        self._last_active_at = last_active_at
        return now - last_active_at < SLEEP_AFTER_SECONDS.value and now >= self._silent_until
