"""When triggers are due, whatever the scenario, the count and the rate."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobctl.load.schedule import BATCH_WINDOW_SECONDS, SCENARIOS, due_batches, due_times
from jobctl.triggers import BATCH_ENTRIES

scenarios = st.sampled_from(sorted(SCENARIOS))
counts = st.integers(min_value=1, max_value=400)
rates = st.floats(min_value=0.01, max_value=5000)


@given(scenarios, counts, rates)
def test_each_trigger_has_a_due_time_within_the_time_that_the_rate_gives(
    scenario: str, count: int, rate: float
) -> None:
    times = due_times(scenario, count, rate)

    assert len(times) == count
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= count / rate * 1.000001
    assert times == due_times(scenario, count, rate), "two runs have the same schedule"


@given(scenarios, counts, rates)
def test_batches_hold_every_trigger_once_and_none_goes_out_before_its_time(
    scenario: str, count: int, rate: float
) -> None:
    times = due_times(scenario, count, rate)

    batches = due_batches(times)

    assert [batch.first + n for batch in batches for n in range(batch.count)] == list(range(count))
    for batch in batches:
        assert 1 <= batch.count <= BATCH_ENTRIES
        due = times[batch.first : batch.first + batch.count]
        assert batch.due_seconds == max(due)
        assert due[-1] - due[0] <= BATCH_WINDOW_SECONDS


def test_a_ramp_sends_a_quarter_in_the_first_half() -> None:
    times = due_times("ramp", 1000, 10)

    assert sum(at <= 50 for at in times) == pytest.approx(250, abs=2)


def test_a_burst_is_ten_seconds_worth_at_once() -> None:
    assert due_times("burst", 45, 2) == [0.0] * 20 + [10.0] * 20 + [20.0] * 5


def test_bursts_of_less_than_one_are_single_ones_further_apart() -> None:
    assert due_times("burst", 3, 0.05) == [0.0, 20.0, 40.0]


def test_a_soak_has_no_rhythm_and_the_mean_rate() -> None:
    times = due_times("soak", 1000, 10)
    gaps = [round(two - one, 3) for one, two in pairwise(times)]

    assert sum(at < 50 for at in times) == pytest.approx(500, abs=60)
    assert len(set(gaps)) > 200
