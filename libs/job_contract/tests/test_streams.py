"""Names of job streams, both ways."""

from datetime import UTC, datetime, timedelta

import pytest
from contract_strategies import MESSAGE_IDS, TIMES_MS
from hypothesis import given
from hypothesis import strategies as st
from job_contract import ContractError, StreamName, derive_job_id, pattern_problem, stream_name

SEGMENTS = st.text(
    st.characters(categories=["L", "N", "P", "S", "M"], exclude_characters=":*/"),
    min_size=1,
    max_size=40,
)
PATTERNS = st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join)


@given(MESSAGE_IDS, TIMES_MS, PATTERNS)
def test_a_stream_name_gives_back_what_it_was_made_of(message_id: str, sent_at_ms: int, pattern: str) -> None:
    job_id = derive_job_id(message_id, sent_at_ms)
    name = stream_name(job_id, pattern)
    parsed = StreamName.parse(name)
    assert (parsed.pattern, parsed.job_id) == (pattern, job_id)
    assert str(parsed) == name
    assert len(name) <= 512
    assert not set(name) & set(":*")


@given(MESSAGE_IDS, TIMES_MS)
def test_the_date_is_the_ids_own_in_utc(message_id: str, sent_at_ms: int) -> None:
    date = StreamName.parse(stream_name(derive_job_id(message_id, sent_at_ms))).date
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=sent_at_ms)
    assert date == moment.date().isoformat()


def test_midnight_belongs_to_the_new_day() -> None:
    midnight_ms = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
    before, after = derive_job_id("m", midnight_ms - 1), derive_job_id("m", midnight_ms)
    assert stream_name(before) == f"job-streams/2026-11-30/{before}"
    assert stream_name(after) == f"job-streams/2026-12-01/{after}"


@pytest.mark.parametrize(
    "pattern", ["job-streams", "error-streams", "user-actions/u42", "a b", "größe", "x" * 474]
)
def test_a_pattern_that_cloudwatch_takes_has_no_problem(pattern: str) -> None:
    assert pattern_problem(pattern) is None
    assert len(stream_name("01K9DZ6WXR0000000000000000", pattern)) <= 512


@pytest.mark.parametrize(
    "pattern", ["", "/", "a/", "/a", "a//b", "a:b", "a*b", "a\nb", "\x00", "x" * 475, None, 17, ["a"]]
)
def test_a_pattern_that_cloudwatch_refuses_has_a_sentence(pattern: object) -> None:
    problem = pattern_problem(pattern)
    assert problem is not None
    assert problem.endswith(".")
    with pytest.raises(ContractError):
        stream_name("01K9DZ6WXR0000000000000000", pattern)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "shared-streams/0a1b2c",
        "job-streams/2026-11-02/not-a-ulid",
        "job-streams/2026-11-02/01K9DZ6WXR0000000000000000",
        "2025-11-06/01K9DZ6WXR0000000000000000",
        "job-streams/2025-11-06/01k9dz6wxr0000000000000000",
    ],
)
def test_a_name_that_is_no_job_streams_is_refused(name: str) -> None:
    with pytest.raises(ContractError):
        StreamName.parse(name)
