"""A run of chaos: `python tests/chaos/chaos.py --seconds 60 --seed 1 --rate 6` (README.md says more).

Exit 0 where the accounting holds, 1 where it does not, 2 for a wrong argument.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from chaos_accounting import Audit, Books, Sending
from chaos_acts import Acts
from chaos_record import WireRecord
from chaos_report import failure, report
from chaos_schedule import make_schedule
from chaos_triggers import Triggers
from chaos_watch import Watch
from chaos_world import Chaos, running_system
from contract_world import Sent

BATCH = 10
PROGRESS_SECONDS = 10.0
# Leases of workers whose clock was ahead, and of the killed, run out; retries come due.
DRAIN_SECONDS = 420.0
# On a slow machine the stream waits: what piles up would only make the end longer.
MOST_WAITING = 150
LONGEST_SECONDS, HIGHEST_RATE = 7200.0, 100.0


@dataclass(frozen=True)
class Order:
    """What to run."""

    seconds: float
    seed: int
    rate: float  # triggers a second
    drain_seconds: float = DRAIN_SECONDS


@dataclass
class Run:
    """What became of it."""

    order: Order
    acts: Acts
    watch: Watch
    wire: WireRecord
    books: Books
    sent: list[Sending] = field(default_factory=list)
    agent_starts: int = 0
    drained_seconds: float = 0.0
    text: str = ""


def run(order: Order, folder: Path, say: Callable[[str], None]) -> Run:
    """One whole run; its report is said, and the story of each job that broke the books."""
    wire = WireRecord()
    with running_system(folder, wire) as chaos:
        if chaos.clock is None:
            say("chaos: clocks stay right, for there is no C compiler (cc) to make wrong ones")
        acts = Acts(chaos, make_schedule(order.seed, order.seconds), say)
        with Watch(chaos) as watch:
            sent = _disturb(chaos, acts, wire, order, say)
            drained_seconds = _drain(chaos, wire, order, say)
        books = Audit(chaos, wire, sent).balance()
        done = Run(order, acts, watch, wire, books, sent, chaos.agent_starts, drained_seconds)
        done.text = report(done)
        say(done.text)
        if books.problems:
            done.text = failure(done, chaos)
            say(done.text)
    return done


def _disturb(
    chaos: Chaos, acts: Acts, wire: WireRecord, order: Order, say: Callable[[str], None]
) -> list[Sending]:
    """Triggers flow at the rate while the schedule is played."""
    schedule = threading.Thread(target=acts.run, daemon=True)
    triggers, sent, wanted = Triggers(order.seed), list[Sending](), set[str]()
    began = time.monotonic()
    schedule.start()
    said = last_sent = began
    try:
        while (elapsed := time.monotonic() - began) < order.seconds:
            due = int((time.monotonic() - last_sent) * order.rate)
            if due and len(wanted) - wire.outcomes() < MOST_WAITING:
                last_sent = time.monotonic()
                new = _send(chaos, triggers, min(due, BATCH))
                wanted |= {sending.wish.mark for sending in new if sending.wish.becomes.endswith("job")}
                sent += new
            if time.monotonic() - said >= PROGRESS_SECONDS:
                said = time.monotonic()
                counts = f"{len(sent)} sent, {wire.outcomes()} ended, {sum(acts.done.values())} disturbances"
                say(f"{elapsed:5.0f} s: {counts}")
            time.sleep(0.05)
    finally:
        acts.end()
        schedule.join(60)
    return sent


def _send(chaos: Chaos, triggers: Triggers, count: int) -> list[Sending]:
    """Straight to the queue: what a producer could not send is not this system's."""
    wishes = [triggers.next() for _ in range(count)]
    ids = chaos.world.triggers.send(*(Sent(wish.body, {}) for wish in wishes)) if wishes else []
    return [Sending(wish, message_id) for wish, message_id in zip(wishes, ids, strict=True)]


def _drain(chaos: Chaos, wire: WireRecord, order: Order, say: Callable[[str], None]) -> float:
    """Waits until both queues are empty, bounded; the books tell what is left."""
    began = said = time.monotonic()
    while not (chaos.world.triggers.is_empty() and chaos.world.jobs.is_empty()):
        elapsed = time.monotonic() - began
        if elapsed > order.drain_seconds:
            break
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            left = sum(chaos.world.triggers.counts()) + sum(chaos.world.jobs.counts())
            say(f"faults off for {elapsed:.0f} s: {left} messages left, {wire.outcomes()} jobs ended")
        time.sleep(0.5)
    return time.monotonic() - began


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Disturb the whole system, then balance its books.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long disturbances go on")
    parser.add_argument("--seed", type=int, help="repeats a run's disturbances and mix of triggers")
    parser.add_argument("--rate", type=float, default=6.0, help="triggers a second")
    parser.add_argument("--folder", type=Path, help="keep what the processes wrote in this new folder")
    parser.add_argument("--drain-seconds", type=float, default=DRAIN_SECONDS, help="the most for the end")
    given = parser.parse_args()
    if not 5 <= given.seconds <= LONGEST_SECONDS:
        parser.error(f"--seconds {given.seconds:g}: it must be from 5 to {LONGEST_SECONDS:g}")
    if not 0.1 <= given.rate <= HIGHEST_RATE:
        parser.error(f"--rate {given.rate:g}: it must be from 0.1 to {HIGHEST_RATE:g}")
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    order = Order(given.seconds, seed, given.rate, given.drain_seconds)
    print(f"chaos: {order.seconds:g} s, seed {order.seed}, {order.rate:g} triggers a second", flush=True)
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        done = run(order, folder, lambda line: print(line, flush=True))
        return 1 if done.books.problems else 0


if __name__ == "__main__":
    sys.exit(main())
