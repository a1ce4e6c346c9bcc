"""What an experiment is: it says what it expects and why, runs in a lab, and judges what was seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from jobctl.lab.place import Lab


class Case(msgspec.Struct, kw_only=True, rename="camel"):
    """What became of the jobs of one case. None: this place cannot see it.

    `open`: neither succeeded nor dead. `without_reason`: dead, and nobody says why. `letters`: by how much
    the dead-letter queue grew. `left`: messages still in the queues. `lost_attempts`: their workers vanished.
    `delivered_again`, `decided_again`: deliveries, and outcomes that workers recorded, beyond each job's
    first. `seconds`: from the first send to the last outcome. `backlog`: (second, jobs not ended).
    """

    name: str
    sent: int
    succeeded: int
    dead: int = 0
    open: int = 0
    without_reason: int = 0
    letters: int = 0
    left: int = 0
    attempts: int
    most_attempts: int = 1
    max_attempts: int = 5
    lost_attempts: int = 0
    delivered_again: int | None = None
    decided_again: int | None = None
    seconds: float
    restarts: int = 0
    backlog: list[tuple[float, int]] = []
    facts: dict[str, Any] = {}


class Check(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that was expected. `by_chance`: speed or luck of this run, which breaks no contract."""

    text: str
    ok: bool
    by_chance: bool = False


@dataclass(frozen=True)
class Size:
    """How large a run is: `jobs`, and whether it uses its short times."""

    jobs: int
    quick: bool


Bars = Sequence[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """`chart` says what its bars show; `bound_seconds` is the most that its waiting may take locally.

    `local_only`: it needs consumers with other settings, or a broken AWS, which an account's are not.
    """

    name: str
    expects: str
    why: str
    jobs: int
    quick_jobs: int
    bound_seconds: float
    run: Callable[[Lab, Size], list[Case]]
    judge: Callable[[list[Case]], list[Check]]
    chart: str
    bars: Callable[[list[Case]], Bars]
    local_only: bool = False
