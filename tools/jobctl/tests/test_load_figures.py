"""Percentiles, bins, rates and the verdict."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobctl.load.accounting import Facts, account, judge
from jobctl.load.charts import plot, scale
from jobctl.load.figures import distribution, percentile, rates, throughput
from jobctl.load.observer import JobRecord, Sample
from jobctl.load.report import Accounting
from jobctl.load.sender import Dispatch

times = st.lists(st.integers(min_value=0, max_value=10_000_000), min_size=1, max_size=200)


@given(times, st.floats(min_value=0.1, max_value=100))
def test_a_percentile_is_a_value_that_so_many_are_at_most(values: list[int], part: float) -> None:
    found = percentile(sorted(values), part)

    assert found in values
    assert sum(value <= found for value in values) >= part / 100 * len(values) - 1e-6
    assert sum(value < found for value in values) < part / 100 * len(values) + 1e-6


def test_a_negative_time_counts_as_none_at_all() -> None:
    found = distribution([-50, 10, 20])

    assert (found.count, found.mean_ms, found.p50_ms, found.max_ms) == (3, 10.0, 10, 20)
    assert sum(each.count for each in found.bins) == 3


def test_a_throughput_tells_sending_from_draining() -> None:
    sent = {str(number): Dispatch(0, 1000 * number) for number in range(5)}
    ended = [JobRecord(job_id=one, state="succeeded", finished_at_ms=8000 + int(one) * 500) for one in sent]

    found = throughput(sent, ended)

    assert (found.sending_seconds, found.drain_seconds) == (4.0, 6.0)
    assert (found.sent_per_second, found.completed_per_second) == (1.25, 0.5)
    assert throughput(sent, []).drain_seconds == 0


@given(times)
def test_bins_hold_every_value_once_without_a_gap(values: list[int]) -> None:
    bins = distribution(values).bins

    lower = 0
    for each in bins:
        assert (
            each.count == sum((lower < value or lower == 0) and value <= each.up_to_ms for value in values)
            if each is not bins[0]
            else each.count
        )
        lower = each.up_to_ms
    assert sum(each.count for each in bins) == len(values)
    assert bins[0].count > 0
    assert bins[-1].count > 0
    assert bins[-1].up_to_ms >= max(values)


@given(times, st.sampled_from([1, 5, 60]))
def test_rates_times_intervals_are_the_counts(values: list[int], interval: int) -> None:
    seconds = rates(values, values[:1], values[1:], 0, interval)

    assert sum(each.due_per_second * interval for each in seconds) == pytest.approx(len(values))
    assert sum(each.sent_per_second * interval for each in seconds) == pytest.approx(1)
    assert sum(each.completed_per_second * interval for each in seconds) == pytest.approx(len(values) - 1)
    assert [each.at_seconds for each in seconds] == [float(n * interval) for n in range(len(seconds))]


@given(st.floats(min_value=0, max_value=1e9))
def test_a_scale_begins_at_nothing_and_holds_the_largest(most: float) -> None:
    ticks = scale(most)

    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6


def test_what_was_not_read_is_a_gap_in_the_line() -> None:
    drawn = plot("x", [0, 1, 2, 3], [("first", "tasks", [1, 1, -1, 1])])

    line = drawn.partition('class="line first" d="')[2].partition('"')[0]
    assert line.count("M") == 2


def sample(waiting: int = 0, rejected: int = 0) -> Sample:
    return Sample(
        at_seconds=0,
        trigger_queue=waiting,
        background_queue=0,
        trigger_dead_letters=rejected,
        background_dead_letters=0,
        main_job_tasks=1,
        background_job_tasks=1,
    )


def facts(**changes: Any) -> Facts:
    base: dict[str, Any] = {
        "wanted": 4,
        "taken": frozenset("abcd"),
        "refused": {},
        "records": {one: JobRecord(job_id=one, state="succeeded", attempts=1) for one in "abcd"},
        "before": sample(),
        "after": sample(),
        "settled": False,
    }
    return Facts(**(base | changes))


def without(*gone: str, **states: str) -> dict[str, JobRecord]:
    records = dict(facts().records)
    for one in gone:
        del records[one]
    return records | {one: JobRecord(job_id=one, state=state, attempts=2) for one, state in states.items()}


@pytest.mark.parametrize(
    ("changes", "verdict", "parts"),
    [
        ({}, "complete", (4, 0, 0, 0)),
        ({"records": without(a="dead")}, "complete", (3, 1, 0, 0)),
        ({"records": without("a"), "settled": True}, "lost", (3, 0, 0, 1)),
        ({"records": without(a="running"), "settled": True}, "lost", (3, 0, 0, 1)),
        ({"records": without("a")}, "unfinished", (3, 0, 1, 0)),
        ({"records": without("a"), "after": sample(rejected=1)}, "complete", (3, 1, 0, 0)),
        ({"decided_twice": ["a"]}, "lost", (4, 0, 0, 0)),
        (
            {"taken": frozenset("abc"), "refused": {"d": "Gone"}, "records": without("d")},
            "not_sent",
            (3, 0, 0, 0),
        ),
        ({"taken": frozenset("abc"), "refused": {"d": "answer lost"}}, "complete", (4, 0, 0, 0)),
    ],
    ids=["all", "dead", "lost", "lost at work", "waiting", "rejected", "twice", "refused", "answer lost"],
)
def test_sent_is_succeeded_and_dead_and_unfinished_and_missing(
    changes: dict[str, Any], verdict: str, parts: tuple[int, ...]
) -> None:
    found = account(facts(**changes))

    assert (found.succeeded, found.dead, found.unfinished, found.missing) == parts
    assert found.sent == sum(parts)
    assert found.wanted == found.sent + found.send_failed + found.not_sent
    assert judge(found, interrupted=False).verdict == verdict


def test_a_job_that_took_a_second_attempt_was_retried() -> None:
    found = account(facts(records=without(a="succeeded", b="dead")))

    assert (found.attempts, found.retried_jobs) == (6, 2)


def test_an_interruption_says_how_far_it_came() -> None:
    found: Accounting = account(facts(wanted=9))

    outcome = judge(found, interrupted=True)

    assert outcome.verdict == "interrupted"
    assert outcome.sentence == "Interrupted: 4 of 9 were sent, 4 succeeded, 0 dead."
