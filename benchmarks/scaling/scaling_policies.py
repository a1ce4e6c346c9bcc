"""The two policies: ours as Application Auto Scaling carries it out, and the one that templates use."""

import math
from dataclasses import dataclass, field
from typing import Protocol

from scaling_parameters import (
    HIGH_MINUTES,
    INSIGHTS_DELAY_SECONDS,
    LOW_MINUTES,
    SQS_METRIC_DELAY_SECONDS,
    Scaling,
)

MINUTE = 60
# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
LOW_SHARE = 0.9


@dataclass
class Metrics:
    """What CloudWatch holds: one value a minute, None where AWS publishes none."""

    visible: list[int | None] = field(default_factory=list)
    in_flight: list[int | None] = field(default_factory=list)
    running: list[int | None] = field(default_factory=list)

    def publish(self, *, visible: int, in_flight: int, running: int, queue_is_awake: bool) -> None:
        """One more minute. ECS is silent about no tasks, SQS about no messages in flight."""
        self.visible.append(visible if queue_is_awake else None)
        self.in_flight.append(in_flight if queue_is_awake and in_flight else None)
        self.running.append(running or None)

    def readable_minutes(self, delay_seconds: int) -> int:
        """How many minutes can be read by now."""
        return max(0, len(self.visible) - math.ceil(delay_seconds / MINUTE))


class Policy(Protocol):
    """Decides once a minute."""

    def decide(self, now: int, metrics: Metrics, desired: int) -> int:
        """The desired count from now on."""


class TargetTracking:
    """Backlog per task adds tasks, it and the brake together take them away; and the wake-up from zero."""

    def __init__(self, scaling: Scaling, *, with_brake: bool = True) -> None:
        self._scaling = scaling
        self._with_brake = with_brake
        self._out_until = self._in_until = self._wake_until = 0
        self._before_scale_out = 0

    def decide(self, now: int, metrics: Metrics, desired: int) -> int:
        """As AWS documents it: see docs/scaling.md for each rule and its source."""
        wanted = self._track(now, metrics, desired)
        if self._scaling.min_tasks == 0 and now >= self._wake_until and self._sleeps_with_work(metrics):
            self._wake_until = now + self._scaling.wake_cooldown_seconds
            wanted = max(wanted, min(desired + 1, self._scaling.max_tasks))
        return wanted

    def _track(self, now: int, metrics: Metrics, desired: int) -> int:
        backlog = self._series(metrics, self._backlog_per_task)
        target = self._scaling.target_backlog_per_task
        if _all(backlog[-HIGH_MINUTES.value :], HIGH_MINUTES.value, lambda value: value > target):
            return self._scale_out(now, desired, (backlog[-1] or 0) / target)
        series = [(backlog, target)]
        if self._with_brake:
            series.append((self._series(metrics, self._busy_percent), self._scaling.busy_target_percent))
        ratios = []
        for values, aim in series:
            lowest = LOW_SHARE * aim
            if not _all(
                values[-LOW_MINUTES.value :], LOW_MINUTES.value, lambda value, low=lowest: value < low
            ):
                return desired
            ratios.append((values[-1] or 0) / aim)
        return self._scale_in(now, desired, max(ratios))

    def _scale_out(self, now: int, desired: int, ratio: float) -> int:
        base = self._before_scale_out if now < self._out_until else desired
        wanted = min(self._scaling.max_tasks, math.ceil(base * ratio))
        if wanted <= desired:
            return desired
        self._before_scale_out = base
        self._out_until = now + self._scaling.scale_out_cooldown_seconds
        return wanted

    def _scale_in(self, now: int, desired: int, ratio: float) -> int:
        if now < self._in_until:
            return desired
        wanted = max(self._scaling.min_tasks, math.ceil(desired * ratio))
        if wanted < desired:
            self._in_until = now + self._scaling.scale_in_cooldown_seconds
        return min(wanted, desired)

    def _series(self, metrics: Metrics, formula: "Formula") -> list[float | None]:
        minutes = metrics.readable_minutes(INSIGHTS_DELAY_SECONDS.value)
        first = max(0, minutes - LOW_MINUTES.value)
        columns = (metrics.visible, metrics.in_flight, metrics.running)
        return [
            formula(*values) for values in zip(*(column[first:minutes] for column in columns), strict=True)
        ]

    def _backlog_per_task(
        self, visible: int | None, in_flight: int | None, running: int | None
    ) -> float | None:
        """IF(running > 0, (visible + FILL(in_flight, 0)) / running)"""
        return None if visible is None or not running else (visible + (in_flight or 0)) / running

    def _busy_percent(self, visible: int | None, in_flight: int | None, running: int | None) -> float | None:
        """IF(running > 0, 100 * FILL(in_flight, 0) / (running * concurrency)), stopped at the target."""
        if not running:
            return None
        percent = 100 * (in_flight or 0) / (running * self._scaling.concurrency)
        return min(percent, self._scaling.busy_target_percent)

    def _sleeps_with_work(self, metrics: Metrics) -> bool:
        """IF(FILL(running, 0) < 1 AND visible >= 1, 1, 0), for some minutes in a row."""
        minutes = metrics.readable_minutes(SQS_METRIC_DELAY_SECONDS.value)
        known = metrics.readable_minutes(INSIGHTS_DELAY_SECONDS.value)
        recent = range(max(0, minutes - self._scaling.wake_minutes), minutes)
        asleep = [(metrics.visible[m] or 0) >= 1 and (m >= known or not metrics.running[m]) for m in recent]
        return len(asleep) == self._scaling.wake_minutes and all(asleep)


class Formula(Protocol):
    """Metric math on one minute."""

    def __call__(self, visible: int | None, in_flight: int | None, running: int | None, /) -> float | None:
        """None is no data point."""


class Condition(Protocol):
    """Of an alarm."""

    def __call__(self, value: float, /) -> bool:
        """Whether the value is beyond the threshold."""


def _all(values: list[float | None], minutes: int, beyond: Condition) -> bool:
    return len(values) == minutes and all(value is not None and beyond(value) for value in values)


@dataclass
class QueueDepthSteps:
    """More than 50 visible: one task more; fewer than 10: one less. Cooldowns are 60 and 300 s."""

    min_tasks: int
    max_tasks: int
    out_above: int = 50
    in_below: int = 10
    out_cooldown_seconds: int = 60
    in_cooldown_seconds: int = 300
    _out_until: int = 0
    _in_until: int = 0

    def decide(self, now: int, metrics: Metrics, desired: int) -> int:
        """Looks at the last minute that can be read; no data, no change."""
        minutes = metrics.readable_minutes(SQS_METRIC_DELAY_SECONDS.value)
        visible = metrics.visible[minutes - 1] if minutes else None
        if visible is None:
            return desired
        if visible > self.out_above and now >= self._out_until:
            self._out_until = now + self.out_cooldown_seconds
            return min(self.max_tasks, desired + 1)
        if visible < self.in_below and now >= self._in_until and now >= self._out_until:
            self._in_until = now + self.in_cooldown_seconds
            return max(self.min_tasks, desired - 1)
        return desired
