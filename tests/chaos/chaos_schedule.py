"""What is done to the system, and when: drawn from a seed before the run begins, so it can be run again."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass

# Beyond the workers' visibility timeout (chaos_world), so leases and messages are lost meanwhile.
PAUSE_SECONDS = (8.0, 12.0)
# AWS refuses requests that are signed with a time more than 5 minutes off; these are within it. A clock that
# is ahead writes leases that others must wait for, so the way ahead is short: the run has to end.
CLOCK_AHEAD_SECONDS = (5.0, 45.0)
CLOCK_BEHIND_SECONDS = (5.0, 240.0)
CLOCK_WRONG_HOURS = (-30.0, 30.0)
# One of each, and kills in between, in each round of about 40 s.
KILLS = {"kill background_job": 5, "kill main_job": 3}
PROCESSES = ("pause", "drain", "kill agent", "clock off", "clock wrong by hours")
FAULTS = (
    "internal errors",
    "throttling",
    "slow answers",
    "no answers",
    "cut before",
    "cut after",
    "cut midway",
    "connections refused",
    "credentials expired",
)
EVERY_SECONDS = 1.75
# Which calls a fault is about: all, or those of one service.
CALLS = ("*", "*", "*Message*", "UpdateItem", "PUT *", "*Log*")


@dataclass(frozen=True)
class Disturbance:
    """One thing that goes wrong. `amount`: seconds of clock or of slowness, or the share of calls."""

    kind: str
    at_seconds: float
    duration_seconds: float = 0.0
    target: str = ""
    choice: float = 0.0  # in [0, 1): which of the processes there are
    amount: float = 0.0

    def __str__(self) -> str:
        told = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(told)


def make_schedule(seed: int, seconds: float) -> list[Disturbance]:
    """All disturbances of a run, in order."""
    chance = random.Random(seed)
    schedule: list[Disturbance] = []
    kinds: list[str] = []
    at_seconds = 2.0
    while at_seconds < seconds:
        if not kinds:
            kinds = [*PROCESSES, *FAULTS, *(kind for kind, count in KILLS.items() for _ in range(count))]
            chance.shuffle(kinds)
        schedule.append(_draw(kinds.pop(), round(at_seconds, 2), chance))
        at_seconds += chance.uniform(0.5, 1.5) * EVERY_SECONDS
    return schedule


def _draw(kind: str, at_seconds: float, chance: random.Random) -> Disturbance:
    def one(
        duration: tuple[float, float], amount: tuple[float, float] = (0, 0), target: str = ""
    ) -> Disturbance:
        return Disturbance(
            kind,
            at_seconds,
            round(chance.uniform(*duration), 2),
            target,
            round(chance.random(), 4),
            round(chance.uniform(*amount), 2),
        )

    def module() -> str:
        return chance.choice(("main_job", "background_job", "background_job"))

    def clock() -> tuple[float, float]:
        behind = (-CLOCK_BEHIND_SECONDS[1], -CLOCK_BEHIND_SECONDS[0])
        return chance.choice((CLOCK_AHEAD_SECONDS, behind))

    special: dict[str, Callable[[], Disturbance]] = {
        "kill background_job": lambda: one((0, 0), target="background_job"),
        "kill main_job": lambda: one((0, 0), target="main_job"),
        "kill agent": lambda: one((0.5, 4)),
        "drain": lambda: one((0, 0), target=module()),
        "pause": lambda: one(PAUSE_SECONDS, target=module()),
        "clock off": lambda: one((4, 10), clock(), module()),
        "clock wrong by hours": lambda: one(
            (4, 8), (CLOCK_WRONG_HOURS[0] * 3600, CLOCK_WRONG_HOURS[1] * 3600), module()
        ),
        "slow answers": lambda: one((2, 5), (0.2, 4), chance.choice(CALLS)),
        "no answers": lambda: one((2, 6), (0.2, 1), chance.choice(CALLS)),
        "connections refused": lambda: one((0.5, 4)),
    }
    return special.get(kind, lambda: one((1, 5), (0.2, 1), chance.choice(CALLS)))()
