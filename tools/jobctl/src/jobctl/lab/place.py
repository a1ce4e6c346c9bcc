"""The seam: what experiments need of a place, be it a lab on this machine or an environment in an account."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from job_contract import LedgerRecord

from jobctl.triggers import Entry

# Variables of background_job's environment that one case changes.
Settings = Mapping[str, object]


class Consumers(Protocol):
    """Running consumers of jobs."""

    @property
    def max_attempts(self) -> int:
        """How many attempts a job has with them."""

    @property
    def restarts(self) -> int:
        """How many ended and were started again."""

    def kill_one(self) -> None:
        """Ends one in the middle of its work; another one takes its place."""

    def jump_clock(self, to_seconds: float) -> None:
        """From now on their clocks go on from this time (seconds since 1970)."""


class Lab(Protocol):
    """One place to experiment in."""

    @property
    def is_local(self) -> bool:
        """Whether it has consumers of its own, whose settings and AWS can be changed."""

    @property
    def patience_seconds(self) -> float:
        """How much longer than an experiment's own bound things may take here."""

    def consumers(
        self, count: int, *, settings: Settings | None = None, faults: Sequence[str] = ()
    ) -> AbstractContextManager[Consumers]:
        """That many consumers, ready to work; what was before is restored at the block's end.

        `settings` and `faults` (embedded_aws.broken_aws names them) are for a local lab.
        """

    def send(self, triggers: Sequence[Entry]) -> None:
        """Sends triggers; raises ToolError when one is not taken."""

    def records(self, job_ids: Collection[str]) -> dict[str, LedgerRecord]:
        """What the ledger knows of them."""

    def letters(self) -> int:
        """How many dead letters there are."""

    def waiting(self) -> int:
        """How many messages are in the two queues, visible or not."""

    def deliveries(self) -> Counter[str] | None:
        """How often each job was handed to a consumer, by job id; None where nobody counts."""

    def outcomes(self) -> Counter[str] | None:
        """How often a worker recorded an outcome, by job id; None where nobody counts."""

    def streams(self, prefix: str) -> dict[str, list[int]]:
        """Log streams of jobs whose names begin so: the timestamps of their events, ms since 1970."""
