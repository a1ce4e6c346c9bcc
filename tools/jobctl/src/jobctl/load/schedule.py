"""When which trigger is due: fixed before the first is sent, so a slow system cannot slow the load down."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from jobctl.triggers import BATCH_ENTRIES

SCENARIOS = {
    "steady": "the same distance between any two",
    "burst": "ten seconds' worth at once, every ten seconds",
    "ramp": "from nothing to twice the rate, in a straight line",
    "soak": "at random moments, as from many producers that know nothing of each other",
}
BURST_SECONDS = 10.0
# What is due within so long shares a call, and is due with the last of it: nothing is sent before its time.
BATCH_WINDOW_SECONDS = 0.1
# The soak's moments are the same each time, so that two runs can be compared.
_SOAK_SEED = 20_261_128


@dataclass(frozen=True)
class DueBatch:
    """`count` triggers due together, `due_seconds` after the start; `first` is the first one's number."""

    due_seconds: float
    first: int
    count: int


def due_times(scenario: str, count: int, per_second: float) -> list[float]:
    """Seconds after the start, ascending, one a trigger; `per_second` is the mean rate in all scenarios."""
    if scenario == "burst":
        size = max(1, round(per_second * BURST_SECONDS))
        # A burst of at least one: below one in ten seconds, bursts are further apart.
        return [number // size * (size / per_second) for number in range(count)]
    seconds = count / per_second
    if scenario == "ramp":
        # The rate grows as 2 * per_second * t / seconds, so by t a part of (t / seconds)^2 is due.
        return [math.sqrt(number / count) * seconds for number in range(count)]
    if scenario == "soak":
        # The moments of a Poisson process, given how many there are, are uniform ones in order.
        draw = random.Random(_SOAK_SEED)  # noqa: S311
        return sorted(draw.uniform(0, seconds) for _ in range(count))
    return [number / per_second for number in range(count)]


def due_batches(times: Sequence[float]) -> list[DueBatch]:
    """Calls of up to 10 triggers whose due times are within a window of each other, in order."""
    batches: list[DueBatch] = []
    first = 0
    for number in range(1, len(times) + 1):
        if number == len(times) or _is_full(times, first, number):
            batches.append(DueBatch(times[number - 1], first, number - first))
            first = number
    return batches


def _is_full(times: Sequence[float], first: int, number: int) -> bool:
    return number - first == BATCH_ENTRIES or times[number] - times[first] > BATCH_WINDOW_SECONDS
