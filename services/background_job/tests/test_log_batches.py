"""The limits of PutLogEvents, for whatever lines a job writes."""

import json
from itertools import pairwise
from typing import Any

from background_job.log_batches import (
    MAX_BATCH_BYTES,
    MAX_EVENTS,
    MAX_LINE_BYTES,
    MAX_SPAN_MS,
    LogEvent,
    batches,
    make_event,
)
from hypothesis import given
from hypothesis import strategies as st

JOB_ID = "01K9DZ6WXR0000000000000000"
TIMES_MS = st.integers(min_value=1_780_000_000_000, max_value=1_780_000_000_000 + 3 * MAX_SPAN_MS)
SIZES = st.one_of(
    st.integers(27, 200),
    st.integers(27, MAX_BATCH_BYTES),
    st.sampled_from([MAX_BATCH_BYTES, MAX_BATCH_BYTES // 2]),
)
EVENTS = st.lists(st.builds(LogEvent, TIMES_MS, st.text(max_size=3), SIZES), max_size=80)


def line(message: str, **fields: Any) -> LogEvent:
    return make_event(
        job_id=JOB_ID, level="INFO", message=message, time_ms=0, correlation_id="c", fields=fields
    )


@given(EVENTS)
def test_every_event_is_in_exactly_one_batch_within_the_limits(events: list[LogEvent]) -> None:
    made = list(batches(events))
    flat = [event for batch in made for event in batch]
    assert sorted(flat) == sorted(events)
    assert [event.time_ms for event in flat] == sorted(event.time_ms for event in events)
    for batch in made:
        assert 0 < len(batch) <= MAX_EVENTS
        assert sum(event.counted_bytes for event in batch) <= MAX_BATCH_BYTES
        assert batch[-1].time_ms - batch[0].time_ms <= MAX_SPAN_MS


@given(EVENTS)
def test_two_neighbouring_batches_never_fit_into_one(events: list[LogEvent]) -> None:
    made = list(batches(events))
    for first, second in pairwise(made):
        size = sum(event.counted_bytes for event in first) + second[0].counted_bytes
        span = second[0].time_ms - first[0].time_ms
        assert len(first) == MAX_EVENTS or size > MAX_BATCH_BYTES or span > MAX_SPAN_MS


def test_ten_thousand_events_are_one_call_and_one_more_makes_two() -> None:
    event = LogEvent(0, "x", 27)
    assert [len(batch) for batch in batches([event] * 10_000)] == [10_000]
    assert [len(batch) for batch in batches([event] * 10_001)] == [10_000, 1]


def test_lines_of_the_same_millisecond_keep_their_order() -> None:
    events = [LogEvent(5, str(number), 30) for number in range(50)]
    assert [event.text for event in next(batches(events))] == [str(number) for number in range(50)]


@given(st.text(max_size=200), st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5))
def test_a_line_counts_its_utf_8_bytes_and_26_more(message: str, fields: dict[str, str]) -> None:
    clean = message.encode(errors="replace").decode()
    names = {
        key.encode(errors="replace").decode(): value.encode(errors="replace").decode()
        for key, value in fields.items()
    }
    event = make_event(job_id=JOB_ID, level="INFO", message=clean, time_ms=0, correlation_id="", fields=names)
    assert event.counted_bytes == len(event.text.encode()) + 26


def test_a_line_that_just_fits_is_whole() -> None:
    room = MAX_LINE_BYTES - len(line("").text.encode())
    event = line("x" * room)
    assert event.counted_bytes == MAX_BATCH_BYTES
    assert json.loads(event.text)["message"] == "x" * room


def test_a_line_that_is_too_long_is_cut_with_a_mark_and_stays_json() -> None:
    for character in ("x", "é", "\U0001f600", "\x00", '"'):
        event = line(character * 1_100_000, note="n" * 300_000)
        assert event.counted_bytes <= MAX_BATCH_BYTES
        cut = json.loads(event.text)
        assert cut["jobId"] == JOB_ID
        assert cut["message"].startswith(character)
        assert cut["cutFromBytes"] > MAX_LINE_BYTES


def test_fields_that_are_too_long_are_cut_and_the_message_is_kept() -> None:
    event = line("stored", payload="\x00" * 2_000_000)
    cut = json.loads(event.text)
    assert event.counted_bytes <= MAX_BATCH_BYTES
    assert cut["message"] == "stored"
    assert "payload" in cut["cutFields"]
