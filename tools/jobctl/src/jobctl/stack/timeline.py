"""Which step ran when, so that it can be said where the time went and what overlapped."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# Shorter overlaps are not worth a word.
_NOTABLE_SECONDS = 0.1


@dataclass
class Step:
    """One step; times are seconds since the timeline began, `end_seconds` is None while it runs."""

    name: str
    start_seconds: float
    end_seconds: float | None = None


@dataclass
class Timeline:
    """Steps in the order in which they began; threads may add to it."""

    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)
    began: float = -1.0

    def __post_init__(self) -> None:
        self.began = self.clock()

    def elapsed_seconds(self) -> float:
        """Since the timeline began."""
        return self.clock() - self.began

    def begin(self, name: str) -> Step:
        """Opens a step; the caller ends it by `end`."""
        step = Step(name, self.elapsed_seconds())
        self.steps.append(step)
        return step

    def end(self, step: Step) -> None:
        """Closes a step."""
        step.end_seconds = self.elapsed_seconds()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A step that lasts as long as the block; one that fails stays open."""
        step = self.begin(name)
        yield step
        self.end(step)

    def overlaps(self, step: Step) -> list[str]:
        """The names of the steps that ran at the same time (for more than a tenth of a second)."""
        end = step.end_seconds or self.elapsed_seconds()
        return [
            other.name
            for other in self.steps
            if other is not step
            and min(end, other.end_seconds or end) - max(step.start_seconds, other.start_seconds)
            > _NOTABLE_SECONDS
        ]
