"""A submission's time in every form that is accepted, and its token, which goes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_contract import ContractError, submission_time, without_secrets

ISO = "2025-06-09T10:30:45.123Z"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ISO, ISO),
        ("2025-06-09T12:30:45.123+02:00", ISO),
        ("2025-06-09T10:30:45.123456", ISO),
        ("2025-06-09 10:30:45", "2025-06-09T10:30:45.000Z"),
        ("2025-06-09", "2025-06-09T00:00:00.000Z"),
        ("20250609", "2025-06-09T00:00:00.000Z"),
        (1749465045, "2025-06-09T10:30:45.000Z"),
        (1749465045.123, ISO),
        (1749465045123, ISO),
        (1749465045123456, ISO),
        (1749465045123456789, ISO),
        ("1749465045", "2025-06-09T10:30:45.000Z"),
        (" 1749465045123 ", ISO),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
    ],
)
def test_iso_dates_and_epoch_ticks_become_iso_in_utc(value: Any, expected: str) -> None:
    assert submission_time(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, True, "", "soon", "2025-13-01", [], {}, 1e30, 10**40, float("inf"), float("nan"), "²", "99999999"],
)
def test_anything_else_is_rejected_with_a_sentence(value: Any) -> None:
    with pytest.raises(ContractError, match="is neither an ISO 8601 date nor epoch ticks"):
        submission_time(value)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_every_form_of_the_same_moment_is_stored_alike(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    seconds = int(whole.timestamp())
    time_ms = seconds * 1000 + whole.microsecond // 1000
    stored = submission_time(whole.isoformat())
    assert (
        stored == submission_time(time_ms) == submission_time(str(time_ms)) == submission_time(time_ms * 1000)
    )
    assert datetime.fromisoformat(stored) == whole


@given(
    st.recursive(
        st.none() | st.integers() | st.just("s3cr3t-free"),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["token", " Token", "a", "b"]), inner)
        ),
    )
)
def test_no_key_named_token_survives_however_deep(value: Any) -> None:
    assert "token" not in json.dumps(without_secrets(value)).lower()
