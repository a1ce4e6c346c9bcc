"""Sends jobs, watches them until each has ended, and counts what became of them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from job_contract import JobState, LedgerRecord

from jobctl.lab.experiment import Case
from jobctl.lab.place import Consumers, Lab
from jobctl.triggers import Entry, TriggerWish, entries, single_entry

_POLL_SECONDS = 0.25
_FINAL = (JobState.SUCCEEDED, JobState.DEAD)
Tick = Callable[[dict[str, LedgerRecord]], None]


def work(count: int, **data: Any) -> list[Entry]:
    """Triggers for so many jobs of simulated work; `data` as simulate_work.Simulation reads it."""
    wish = TriggerWish(trigger="lab", job_type="simulate-work", data=data)
    return list(entries(wish, count))


def one_job(job_id: str | None = None, **data: Any) -> Entry:
    """The trigger for one job, under an id that may be given."""
    wish = TriggerWish(trigger="lab", job_type="simulate-work", data=data)
    return single_entry(wish, job_id)


@dataclass
class Watch:
    """The jobs of one case, from their sending on. Waits at most `bound_seconds`."""

    lab: Lab
    consumers: Consumers
    triggers: Sequence[Entry]
    bound_seconds: float
    known: dict[str, LedgerRecord] = field(default_factory=dict)
    backlog: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sends them; counts start here."""
        self._ids = list(dict.fromkeys(entry.job_id for entry in self.triggers))
        self._letters_before = self.lab.letters()
        self._restarts_before = self.consumers.restarts
        self._began_ms = time.time() * 1000
        self._deadline = time.monotonic() + self.bound_seconds + self.lab.patience_seconds
        self.lab.send(self.triggers)

    def to_the_end(self, tick: Tick = lambda _records: None) -> "Watch":
        """Returns when all have ended and nothing is left in the queues, or when the bound is reached.

        `tick` gets what the ledger says, some times a second.
        """
        while not self._settled() and time.monotonic() < self._deadline:
            tick(self.known)
            time.sleep(_POLL_SECONDS)
        return self

    def case(self, name: str, **facts: Any) -> Case:
        """What became of them."""
        self.known |= self.lab.records(self._ids)
        records = self.known.values()
        dead = [record for record in records if record.state is JobState.DEAD]
        succeeded = sum(record.state is JobState.SUCCEEDED for record in records)
        last_ms = max((record.finished_at_ms for record in records), default=0)
        # Where the consumers' clock is another one, it is the time until now that counts.
        last_ms = last_ms if last_ms > self._began_ms else time.time_ns() // 1_000_000
        return Case(
            name=name,
            sent=len(self._ids),
            succeeded=succeeded,
            dead=len(dead),
            open=len(self._ids) - succeeded - len(dead),
            without_reason=sum(not record.reason for record in dead),
            letters=self.lab.letters() - self._letters_before,
            left=self.lab.waiting() if self.lab.is_local else 0,
            attempts=sum(record.attempts for record in records),
            most_attempts=max((record.attempts for record in records), default=0),
            max_attempts=self.consumers.max_attempts,
            lost_attempts=sum(record.lost_attempts for record in records),
            delivered_again=self._again(self.lab.deliveries()),
            decided_again=self._again(self.lab.outcomes()),
            seconds=round(max(0.0, last_ms - self._began_ms) / 1000, 1),
            restarts=self.consumers.restarts - self._restarts_before,
            backlog=self.backlog,
            facts=facts,
        )

    def _settled(self) -> bool:
        unfinished = [each for each in self._ids if not self._has_ended(each)]
        self.known |= self.lab.records(unfinished)
        left = sum(not self._has_ended(each) for each in self._ids)
        self.backlog.append((round(time.time() - self._began_ms / 1000, 1), left))
        if left:
            return False
        dead = sum(record.state is JobState.DEAD for record in self.known.values())
        # The message is deleted, and the letter sent, after the ledger knows the outcome.
        return self._is_empty() and self.lab.letters() - self._letters_before >= dead

    def _is_empty(self) -> bool:
        # Asked twice: the counts are not of one moment. Others may use an account's queues.
        return not self.lab.is_local or (self.lab.waiting() == 0 and self.lab.waiting() == 0)

    def _has_ended(self, job_id: str) -> bool:
        record = self.known.get(job_id)
        return record is not None and record.state in _FINAL

    def _again(self, counts: Counter[str] | None) -> int | None:
        return None if counts is None else sum(max(0, counts[each] - 1) for each in self._ids)
