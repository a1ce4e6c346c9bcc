"""Percentiles, bins and rates: what charts and tables are made of."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from jobctl.load.observer import JobRecord
from jobctl.load.report import Bin, Distribution, Second, Throughput
from jobctl.load.sender import Dispatch

# About so many points fit a phone.
_POINTS = 90
_INTERVALS_SECONDS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_STEPS = (1, 2, 5)
_PERCENTILES = (50, 90, 95, 99)


def percentile(ordered: Sequence[int], part: float) -> int:
    """The nearest rank: the smallest value that `part` percent are at most; 0 of nothing."""
    return ordered[max(0, math.ceil(part / 100 * len(ordered)) - 1)] if ordered else 0


def distribution(values: Iterable[int]) -> Distribution:
    """Of times in ms; a negative one, from clocks that differ, counts as 0."""
    ordered = sorted(max(0, value) for value in values)
    p50, p90, p95, p99 = (percentile(ordered, part) for part in _PERCENTILES)
    return Distribution(
        count=len(ordered),
        mean_ms=round(sum(ordered) / len(ordered), 1) if ordered else 0.0,
        p50_ms=p50,
        p90_ms=p90,
        p95_ms=p95,
        p99_ms=p99,
        max_ms=ordered[-1] if ordered else 0,
        bins=_bins(ordered),
    )


def _bins(ordered: Sequence[int]) -> list[Bin]:
    """1, 2, 5, 10, 20, 50 ... ms: from the first that holds any to the last, without gaps."""
    if not ordered:
        return []
    counts = Counter(_bound(value) for value in ordered)
    bound, bins = min(counts), []
    while bound <= max(counts):
        bins.append(Bin(up_to_ms=bound, count=counts[bound]))
        bound = _bound(bound + 1)
    return bins


def _bound(value: int) -> int:
    power = 1
    while True:
        for step in _STEPS:
            if value <= step * power:
                return step * power
        power *= 10


def interval_seconds(seconds: float) -> int:
    """The width of the intervals that rates are shown in, for a run of so many seconds."""
    return next((each for each in _INTERVALS_SECONDS if seconds / each <= _POINTS), _INTERVALS_SECONDS[-1])


def rates(
    due_ms: Iterable[int], sent_ms: Iterable[int], finished_ms: Iterable[int], start_ms: int, interval: int
) -> list[Second]:
    """Counts in each interval since the start, as rates; none is left out up to the last."""
    counts = [
        Counter(max(0, at - start_ms) // (interval * 1000) for at in each)
        for each in (due_ms, sent_ms, finished_ms)
    ]
    last = max((max(each) for each in counts if each), default=-1)
    return [
        Second(
            at_seconds=float(number * interval),
            due_per_second=counts[0][number] / interval,
            sent_per_second=counts[1][number] / interval,
            completed_per_second=counts[2][number] / interval,
        )
        for number in range(last + 1)
    ]


def throughput(sent: Mapping[str, Dispatch], ended: Iterable[JobRecord]) -> Throughput:
    """How fast it was sent, and how fast it ended."""
    sends = sorted(each.sent_ms for each in sent.values())
    ends = sorted(each.finished_at_ms for each in ended)
    sending = (sends[-1] - sends[0]) / 1000 if sends else 0.0
    whole = max(0.001, (ends[-1] - sends[0]) / 1000) if ends and sends else 0.0
    return Throughput(
        sent_per_second=round(len(sends) / sending, 3) if sending else float(len(sends)),
        completed_per_second=round(len(ends) / whole, 3) if whole else 0.0,
        sending_seconds=round(sending, 3),
        drain_seconds=round(max(0.0, (ends[-1] - sends[-1]) / 1000), 3) if ends and sends else 0.0,
    )
