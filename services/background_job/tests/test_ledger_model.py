"""Random histories of one job: copies, crashes, pauses, expired leases, replays. The contract holds in all.

A small model of the queues stands around the real claims and the real table: a copy of the message is
waiting, or held by a worker that may finish, pause or die after any of its steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from background_job.claiming import Attempt, Claimer, MustRunAlone
from background_job.ledger import Ledger, LogPlace
from job_contract import Job, JobState, LedgerRecord
from job_world import MAX_ATTEMPTS, FakeMessage, JobWorld, a_job
from queue_worker import Defer, Duplicate, LeaseLost, Reject

LEASE_MS = 30_000
PLACE = LogPlace("/jobs", "stream")
# How an attempt ends; the three crashes: before its outcome was recorded, after, and after the dead letter.
ENDS = ["fail", "fail", "succeed", "reject", "crash", "crash-recorded", "crash-sent"]


@dataclass(eq=False)
class TimedMessage(FakeMessage):
    """A message whose visibility follows the history's own clock."""

    clock: Callable[[], int] = int

    @property
    def visible_until_ms(self) -> int:
        return self.clock() + LEASE_MS


@dataclass
class History:
    """The queues around one job, and what became of it so far."""

    jobs: JobWorld
    job: Job
    now_ms: int = 1_780_000_000_000
    waiting: list[TimedMessage] = field(default_factory=list)
    running: list[Attempt] = field(default_factory=list)
    dead_letters: list[int] = field(default_factory=list)  # the generation that each carries
    paused: set[str] = field(default_factory=set)
    winners: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        table = self.jobs.settings.ledger_table
        self.ledger = Ledger(self.jobs.dynamodb, table, retention_seconds=99, now_ms=lambda: self.now_ms)
        self.claimer = Claimer(self.ledger, max_attempts=MAX_ATTEMPTS, log_place=lambda job: PLACE)
        self.send(0)

    def send(self, generation: int) -> None:
        attributes = {"deadLetterGeneration": str(generation)} if generation else {}
        self.waiting.append(TimedMessage(self.job.encode(), attributes=attributes, clock=lambda: self.now_ms))

    def possible(self) -> list[str]:
        """The steps that can come next; some more likely than others."""
        steps = ["deliver"] * 4 if self.waiting else []
        steps += ["expire", "expire", *ENDS] if self.running else []
        return steps + (["replay", "replay-twice"] if self.dead_letters else [])

    def step(self, action: str, choice: int) -> None:
        """Takes one step; `choice` selects the message, the attempt or the dead letter."""
        if action == "deliver":
            self.deliver(self.waiting.pop(choice % len(self.waiting)))
        elif action == "expire":
            self.expire()
        elif action in ENDS:
            self.end(self.running.pop(choice % len(self.running)), action)
        else:
            generation = self.dead_letters.pop(choice % len(self.dead_letters))
            for _ in range(2 if action == "replay-twice" else 1):
                self.send(generation)

    def expire(self) -> None:
        """Leases and visibilities run out: who held something is a paused worker now, its message waits."""
        self.now_ms += LEASE_MS + 1
        self.waiting.extend(held for attempt in self.running if (held := self.held(attempt)))
        self.paused.update(attempt.token for attempt in self.running)

    def held(self, attempt: Attempt) -> TimedMessage | None:
        """The attempt's message, unless it went to somebody else while its worker was paused."""
        assert isinstance(attempt.message, TimedMessage)
        return None if attempt.token in self.paused else attempt.message

    def put_back(self, attempt: Attempt) -> None:
        """Nobody moved or deleted the message: it is delivered again."""
        if message := self.held(attempt):
            self.waiting.append(message)

    def deliver(self, message: TimedMessage) -> None:
        try:
            self.running.append(self.claim(message))
        except Defer:
            self.waiting.append(message)
        except Reject as rejection:
            self.dead_letters.append(int(rejection.attributes["deadLetterGeneration"]))
        except Duplicate:
            pass

    def claim(self, message: TimedMessage) -> Attempt:
        try:
            return self.claimer.claim(message, self.job)
        except MustRunAlone:
            return self.claimer.claim(message, self.job, alone=True)

    def end(self, attempt: Attempt, how: str) -> None:
        try:
            moved = how != "crash" and self.record(attempt, how)
        except LeaseLost:
            moved = False
        if not moved:
            self.put_back(attempt)

    def record(self, attempt: Attempt, how: str) -> bool:
        """Records an outcome as the processor does; True when the message then leaves the queue."""
        job_id, token = self.job.job_id, attempt.token
        if how == "succeed":
            self.ledger.complete(job_id, token, result=token, duration_ms=1, place=PLACE)
            self.winners.append(token)
            return True
        if how == "fail" and not attempt.is_last:
            self.ledger.retry(job_id, token, reason="failed", place=PLACE)
            return False
        message_id = attempt.message.message_id
        generation = self.ledger.die(job_id, token, reason="dead", message_id=message_id, place=PLACE)
        if how == "crash-recorded":
            return False
        self.dead_letters.append(generation)
        return how != "crash-sent"

    def settle(self) -> LedgerRecord:
        """Every worker that still holds something dies; a healthy one finishes what waits."""
        self.expire()
        self.running.clear()
        for _ in range(100):
            if not self.waiting:
                break
            self.now_ms += LEASE_MS + 1
            self.deliver(self.waiting.pop(0))
            if self.running:
                self.end(self.running.pop(), "succeed")
        assert not self.waiting, "the queue does not come to rest"
        return self.jobs.record(self.job)


# So many, because an attempt token that is not compared, and a dead message that is told by its generation,
# each break only one or two histories of these.
@pytest.mark.parametrize("seed", range(300))
def test_in_every_history_the_job_succeeds_once_or_has_its_newest_dead_letter(
    jobs_of_module: JobWorld, seed: int
) -> None:
    random = Random(seed)
    history = History(jobs_of_module, a_job())
    seen: set[tuple[str, str]] = set()
    for _ in range(random.randint(5, 30)):
        if not (possible := history.possible()):
            break
        history.step(random.choice(possible), random.randrange(12))
        if history.winners:
            record = jobs_of_module.record(history.job)
            seen.add((record.attempt_token, record.result))
    record = history.settle()
    # 1. It ends as succeeded, or dead with a letter that can reopen it.
    assert record.state in (JobState.SUCCEEDED, JobState.DEAD)
    if record.state is JobState.DEAD:
        assert record.generation in history.dead_letters
        assert record.reason
    # 2. The outcome is decided once, and never changes.
    assert len(history.winners) == (1 if record.state is JobState.SUCCEEDED else 0)
    assert len(seen) <= 1
    if seen:
        assert seen == {(record.attempt_token, record.result)}


def test_the_model_reaches_what_it_is_about(jobs: JobWorld) -> None:
    history = History(jobs, a_job())
    for action in ("deliver", "crash-recorded", "deliver", "replay-twice", "deliver", "fail", "deliver"):
        history.step(action, 0)
    assert jobs.record(history.job).generation == 1
    assert len(history.running) == 1
    assert history.settle().state is JobState.SUCCEEDED
