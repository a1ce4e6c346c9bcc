"""`store-submission`: what is kept of a submission, and what never is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from background_job.handlers.store_submission import handle, iso_timestamp, without_secrets
from hypothesis import given
from hypothesis import strategies as st
from job_world import JobWorld, RecordedLog, a_job, message_for
from queue_worker import Reject

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
    assert iso_timestamp(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, True, "", "soon", "2025-13-01", [], {}, 1e30, 10**40, float("inf"), float("nan"), "²", "99999999"],
)
def test_anything_else_is_rejected_with_a_sentence(value: Any) -> None:
    with pytest.raises(Reject, match="is neither an ISO 8601 date nor epoch ticks"):
        iso_timestamp(value)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_every_form_of_the_same_moment_is_stored_alike(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    seconds = int(whole.timestamp())
    time_ms = seconds * 1000 + whole.microsecond // 1000
    stored = iso_timestamp(whole.isoformat())
    assert stored == iso_timestamp(time_ms) == iso_timestamp(str(time_ms)) == iso_timestamp(time_ms * 1000)
    assert datetime.fromisoformat(stored) == whole


def test_the_stored_object_holds_the_data_with_its_iso_time(jobs: JobWorld) -> None:
    data = {"token": "s3cr3t", "email_timestream": 1749465045123, "subject": "hello"}
    job = a_job(data, job_type="store-submission")
    assert jobs.outcome(message_for(job)) is None
    assert jobs.results() == {
        f"{job.job_id}/1": {
            "jobId": job.job_id,
            "timestamp": ISO,
            "data": {"email_timestream": ISO, "subject": "hello"},
        }
    }


def test_a_token_is_neither_stored_nor_logged_nor_in_the_ledger(
    jobs: JobWorld, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    data = {"Token": "s3cr3t", "email_timestream": ISO, "deep": [{"TOKEN": "s3cr3t", "kept": 1}]}
    job = a_job(data, job_type="store-submission")
    jobs.outcome(message_for(job))
    left_behind = [
        json.dumps(jobs.results()),
        json.dumps(jobs.item(job)),
        json.dumps(jobs.lines(jobs.record(job).stream)),
        caplog.text,
        capsys.readouterr().out,
    ]
    assert "s3cr3t" not in "".join(left_behind)
    assert jobs.results()[f"{job.job_id}/1"]["data"]["deep"] == [{"kept": 1}]


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


@pytest.mark.parametrize("data", ["text", 17, [1]])
def test_a_submission_without_a_data_object_is_rejected(data: Any) -> None:
    with pytest.raises(Reject, match="no 'data' object"):
        handle(a_job(data, job_type="store-submission"), RecordedLog(), 1)
