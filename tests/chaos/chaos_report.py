"""What a run tells at its end: the figures, and where the books broke the story of each job that did it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chaos_accounting import ledger
from chaos_schedule import make_schedule
from chaos_world import TASKS, Chaos

if TYPE_CHECKING:
    from chaos import Run

MOST_STORIES = 10


def report(run: "Run") -> str:
    """The figures."""
    ends, done, watch = run.books.ends, run.acts.done, run.watch
    jobs = ends["succeeded"] + ends["dead"]
    kills = {kind: count for kind, count in done.items() if kind.startswith("kill")}
    others = {kind: count for kind, count in done.items() if kind not in kills}
    again = sum(count for attempts, count in run.books.attempts.items() if attempts > 1)
    repeats = sum(count - 1 for count in run.wire.receives.values())
    lines = [
        f"chaos report: seed {run.order.seed}, {run.order.seconds:g} s, {run.order.rate:g} triggers a second",
        f"  triggers: {len(run.sent)} sent ({ends['copies sent']} of them copies), "
        f"{ends['refused']} refused with a reason, {ends['wanted nothing']} wanted no job",
        f"  jobs: {jobs}: {ends['succeeded']} succeeded, {ends['dead']} dead",
        f"  kills: {sum(kills.values())} ({_told(kills, 'kill')}); agent starts {run.agent_starts}",
        f"  other disturbances: {_told(others)}",
        f"  calls broken: {_told(run.acts.hits)}; {run.wire.calls} calls reached AWS",
        f"  processes started: {watch.workers_seen}; slowest recovery {watch.slowest_recovery_seconds:.1f} s",
        f"  attempts: {sum(a * n for a, n in run.books.attempts.items())}, "
        f"{again} jobs took more than one, at most {max(run.books.attempts, default=0)}; "
        f"{repeats} messages delivered again",
        f"  longest from queue to outcome: {run.books.longest_seconds:.1f} s; "
        f"quiet {run.drained_seconds:.1f} s after the last fault",
        f"  last log lines lost with a killed process: {run.books.lost_last_lines} jobs; "
        f"dropped by one that stopped, which said so: {run.books.dropped_lines} lines",
        *_memory(run),
        "  the books balance" if not run.books.problems else f"  BROKEN: {len(run.books.problems)} problems",
    ]
    return "\n".join(lines)


def failure(run: "Run", chaos: Chaos) -> str:
    """All problems, the story of the first jobs, and the schedule."""
    records, blamed = ledger(chaos), sorted(run.books.blamed)
    lines = [f"The books do not balance; repeat it with --seed {run.order.seed}.", *run.books.problems]
    for job_id in blamed[:MOST_STORIES]:
        lines += [f"--- job {job_id}", f"ledger: {records.get(job_id)}", *run.wire.story(job_id)]
    if len(blamed) > MOST_STORIES:
        lines.append(f"--- and {len(blamed) - MOST_STORIES} more jobs")
    lines += ["--- disturbances", *map(str, make_schedule(run.order.seed, run.order.seconds))]
    return "\n".join(lines)


def _told(counts: Mapping[str, int], without: str = "") -> str:
    told = (f"{kind.removeprefix(without).strip()} {count}" for kind, count in sorted(counts.items()))
    return ", ".join(told) or "none"


def _memory(run: "Run") -> list[str]:
    lines = []
    for module in TASKS:
        if oldest := run.watch.oldest(module):
            grown = f"{oldest.start:.0f} to {oldest.end:.0f} MiB in {oldest.seconds:.0f} s"
            lines.append(f"  memory of the oldest {module}: {grown}")
    return lines
