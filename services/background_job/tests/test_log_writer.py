"""Whatever CloudWatch answers and in whatever order: each line is put, counted as dropped, or still waits."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from background_job.cloudwatch import Created, Put
from background_job.log_batches import LogEvent, make_event
from background_job.log_sink import Sink, Stream
from background_job.log_writer import LAST_RESORT_SECONDS, LogWriter
from hypothesis import given, settings
from hypothesis import strategies as st

SHARED, OWN, CUSTOM = Stream("jobs", "shared"), Stream("jobs", "own"), Stream("custom", "own")
NOW_MS = 1_780_000_000_000
DAY_MS = 24 * 3600 * 1000


class ScriptedCloudWatch:
    """Answers as it is told, then well. `put_lines`: what it has taken; `streams`: those it took them for."""

    def __init__(self, creates: Sequence[Created] = (), puts: Sequence[Put] = ()) -> None:
        self.creates, self._puts = list(creates), list(puts)
        self.put_lines: Counter[str] = Counter()
        self.streams: set[str] = set()

    def create(self, _group: str, _stream: str) -> tuple[Created, str]:
        return (self.creates.pop(0) if self.creates else Created.READY), "as told"

    def put(self, _group: str, stream: str, events: Sequence[LogEvent]) -> tuple[Put, int, str]:
        answer = self._puts.pop(0) if self._puts else Put.TAKEN
        if answer is Put.TAKEN:
            self.put_lines.update(event.text for event in events)
            self.streams.add(stream)
        return answer, len(events) if answer is Put.REFUSED else 0, "as told"


class Drops:
    """The metrics, as far as the writer knows them."""

    lines = 0

    def count(self, _name: str, value: int = 1) -> None:
        self.lines += value


def make_writer(cloudwatch: Any, drops: Drops, *, buffer_bytes: int = 1_000_000) -> LogWriter:
    return LogWriter(
        cloudwatch,
        shared_stream=SHARED,
        streams_per_second=1000,
        buffer_bytes=buffer_bytes,
        flush_seconds=60,
        metrics=drops,
        away_seconds=0.0,
    )


def line(number: int, time_ms: int = NOW_MS) -> LogEvent:
    return make_event(
        job_id="j", level="INFO", message=f"line {number}", time_ms=time_ms, correlation_id="c", fields={}
    )


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "flush", "end", "regular"]), st.integers(0, 2)), max_size=20
)


@settings(max_examples=400)
@given(
    steps=STEPS,
    days=st.lists(st.sampled_from([0, 3]), min_size=1, max_size=4),
    creates=st.lists(st.sampled_from(Created), max_size=8),
    puts=st.lists(st.sampled_from(Put), max_size=8),
    buffer_bytes=st.sampled_from([600, 2_000, 1_000_000]),
)
def test_no_line_is_lost_that_is_not_counted(
    steps: list[tuple[str, int]], days: list[int], creates: list[Created], puts: list[Put], buffer_bytes: int
) -> None:
    cloudwatch, drops = ScriptedCloudWatch(creates, puts), Drops()
    writer = make_writer(cloudwatch, drops, buffer_bytes=buffer_bytes)
    own = writer.sink(OWN)
    notes = [line(-1)]

    def fall_back(_problem: str) -> tuple[Sink, LogEvent]:
        return own, notes[0]

    sinks = [own, writer.sink(CUSTOM, fallback=fall_back), writer.shared]
    added: list[str] = []
    for step, which in steps:
        sink = sinks[which]
        if step == "add":
            number = len(added)
            added.append(line(number, NOW_MS + days[number % len(days)] * DAY_MS).text)
            sink.add([line(number, NOW_MS + days[number % len(days)] * DAY_MS)])
        elif step == "flush":
            sink.flush()
        elif step == "end":
            writer.flush_now(sink)
        else:
            writer.flush_old(0)
    writer.close(0.02)

    put = sum(cloudwatch.put_lines[text] for text in added)
    noted = Created.REFUSED in creates  # then perhaps a line of the writer's own
    assert len(added) - put in {drops.lines, *([drops.lines - 1] if noted else [])}
    assert all(cloudwatch.put_lines[text] <= 1 for text in added)


def test_lines_of_which_a_part_was_put_wait_for_the_next_flush() -> None:
    # Given lines further apart than one call takes, and CloudWatch takes the first call only
    cloudwatch, drops = ScriptedCloudWatch(puts=[Put.TAKEN, Put.AWAY]), Drops()
    writer = make_writer(cloudwatch, drops)
    sink = writer.sink(OWN)
    sink.add([line(1), line(2, NOW_MS + 2 * DAY_MS)])
    sink.flush()
    assert sum(cloudwatch.put_lines.values()) == 1

    # When the flusher comes round
    writer.flush_old(0)

    # Then the rest is there, too
    assert sum(cloudwatch.put_lines.values()) == 2
    assert drops.lines == 0


def test_a_line_whose_clock_was_ahead_is_flushed_by_how_long_it_has_waited() -> None:
    cloudwatch = ScriptedCloudWatch()
    writer = make_writer(cloudwatch, Drops())
    writer.sink(OWN).add([line(1, NOW_MS * 2)])

    writer.flush_old(0)

    assert sum(cloudwatch.put_lines.values()) == 1


@pytest.mark.parametrize(("busy_answers", "stream"), [(1, OWN.name), (1000, SHARED.name)])
def test_at_the_end_lines_go_to_the_shared_stream_only_when_their_own_cannot_be_made(
    busy_answers: int, stream: str
) -> None:
    # Given lines of a job whose place the ledger knows; no new stream may be made, the shared one is there
    cloudwatch, drops = ScriptedCloudWatch(), Drops()
    writer = make_writer(cloudwatch, drops)
    writer.shared.add([line(0)])
    writer.shared.flush()
    cloudwatch.streams.clear()
    cloudwatch.creates = [Created.BUSY] * busy_answers
    sink = writer.sink(OWN)
    sink.place_recorded = True
    sink.add([line(1)])

    # When the process ends
    writer.close(LAST_RESORT_SECONDS + 1)

    # Then they are put all the same
    assert cloudwatch.streams == {stream}
    assert drops.lines == 0
