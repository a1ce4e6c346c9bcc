"""Arrival patterns: how many messages arrive in each second."""

import math
from collections.abc import Callable
from dataclasses import dataclass

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Pattern:
    """Messages by second, for `seconds`. `per_second(t)` is a rate; fractions add up to whole messages."""

    name: str
    seconds: int
    per_second: Callable[[int], float]
    # When the last message arrives, where draining means something.
    ends_at: int | None = None
    # Ours only: whether the service may sleep, and does when it begins.
    from_zero: bool = False
    tasks_at_first: int = 1

    def arrivals(self) -> "list[int]":
        """Whole messages for each second."""
        sent = 0
        due = 0.0
        counts = []
        for second in range(self.seconds):
            due += self.per_second(second)
            counts.append(math.floor(due + 1e-9) - sent)
            sent += counts[-1]
        return counts


def burst(name: str, messages: int, *, at: int, seconds: int, from_zero: bool = False) -> Pattern:
    """All at once."""
    return Pattern(
        name,
        seconds,
        lambda second: messages if second == at else 0,
        ends_at=at,
        from_zero=from_zero,
        tasks_at_first=0 if from_zero else 1,
    )


def steady(name: str, per_second: float, *, seconds: int) -> Pattern:
    """The same rate all the time."""
    return Pattern(name, seconds, lambda _: per_second)


def daily_wave(name: str, peak_per_second: float) -> Pattern:
    """From nothing at midnight to the peak at noon and back, for two days."""
    return Pattern(
        name, 2 * DAY, lambda second: peak_per_second * (1 - math.cos(2 * math.pi * second / DAY)) / 2
    )
