"""The table: one line a consumer, as people read it in benchmarks/RESULTS.md."""

from collections.abc import Mapping, Sequence

from bench_candidates import reference_of
from bench_machine import Machine
from bench_ratios import KEPT
from bench_rounds import Runs

STAGES = {
    "consume": "consume: receive, do nothing, delete",
    "pipe": "pipe: receive, send on, delete",
    "job": "job: claim in the ledger, a job stream of its own, success in the ledger, delete",
}
_INTRODUCTION = """# What a consumer costs: results

Written by `make bench WRITE=1`; [how it is measured](consumer/README.md). Each consumer is one process on
one core; the canned server has the other. Each figure is best / median of {rounds} in which all took
turns. A run whose account is not right (a message lost, repeated, or sent on wrongly) ends the benchmark:
every run below did its work.

On: {machine}.{busy}

"""
_BUSY = """

The machine had other work to do, which makes every figure worse; what one consumer costs beside another ("of
boto3"), and the calls, are what to look at."""
_ENDING = """
Calls a message, memory (the highest that the process held) and start (to its first receive) are those of the
{delay} ms rounds, best. "Of boto3" is the CPU a message over that of boto3 in batches, with answers at once.

With answers at once the CPU decides; with {delay} ms on every answer, how many calls are out at once. Each
consumer was allowed this many receives at once (celery and dramatiq: threads; sqs-workers has one loop):

{loops}

Versions:

{versions}

What is kept for comparison, and by how much it may get worse:

{tolerances}
"""


def report(runs: Sequence[Runs], machine: Machine, versions: Mapping[str, str]) -> str:
    """The whole page."""
    delays = sorted({each.delay_ms for each in runs})
    by_place = {(each.candidate.name, each.delay_ms): each for each in runs}
    number = len(runs[0].measurements)
    text = _INTRODUCTION.format(
        rounds=f"{number} round{'s' if number > 1 else ''}",
        machine=machine.sentence(),
        busy=_BUSY if machine.load > 1 else "",
    )
    for stage, title in STAGES.items():
        names = [
            each.candidate.name
            for each in runs
            if each.candidate.stage == stage and each.delay_ms == delays[0]
        ]
        if names:
            text += f"## {title[0].upper()}{title[1:]}\n\n{_table(names, delays, by_place)}\n\n"
    return text.rstrip("\n") + "\n" + _ending(runs, delays, versions)


def _table(names: Sequence[str], delays: Sequence[int], by_place: Mapping[tuple[str, int], Runs]) -> str:
    timed = [f"{delay} ms: {what}" for delay in delays for what in ("messages/s", "CPU µs/message")]
    header = ["consumer", *timed, "of boto3", "calls/message", "MB", "start, s"]
    lines = [f"| {' | '.join(header)} |", "|---" + "|---:" * (len(header) - 1) + "|"]
    for name in names:
        cells = [by_place[name, delays[0]].candidate.label]
        for delay in delays:
            each = by_place[name, delay]
            cells += [_both(each, "messages_per_second"), _both(each, "cpu_us")]
        last = by_place[name, delays[-1]]
        cells += [
            _of_reference(by_place, name, delays[0]),
            f"{last.best('calls'):.3f}",
            f"{last.best('rss_mb'):.0f}",
            f"{last.best('start_seconds'):.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _both(each: Runs, name: str) -> str:
    return f"{each.best(name):,.0f} / {each.median(name):,.0f}"


def _of_reference(by_place: Mapping[tuple[str, int], Runs], name: str, delay_ms: int) -> str:
    each = by_place[name, delay_ms]
    reference = by_place.get((reference_of(each.candidate.stage), delay_ms))
    return f"{each.best('cpu_us') / reference.best('cpu_us'):.2f}" if reference else ""


def _ending(runs: Sequence[Runs], delays: Sequence[int], versions: Mapping[str, str]) -> str:
    labels = {each.candidate.name: each.candidate.label.strip("*") for each in runs}
    loops = {
        f"- {each.candidate.label.strip('*')}: {each.candidate.loops[each.delay_ms]}": None
        for each in runs
        if each.delay_ms == delays[-1]
    }
    lines = {f"- {labels[name]}: {text}" for name, text in versions.items()}
    kept = [f"- {each.what}: {each.tolerance:.0%}" for each in KEPT]
    return _ENDING.format(
        delay=delays[-1],
        loops="\n".join(loops),
        versions="\n".join(sorted(lines)),
        tolerances="\n".join(kept),
    )
