"""`store-submission`: what is kept of a submission, and what never is."""

import json
from typing import Any

import pytest
from background_job.handlers.store_submission import handle
from job_world import JobWorld, RecordedLog, a_job, message_for
from queue_worker import Reject

ISO = "2025-06-09T10:30:45.123Z"


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


@pytest.mark.parametrize("data", ["text", 17, [1]])
def test_a_submission_without_a_data_object_is_rejected(data: Any) -> None:
    with pytest.raises(Reject, match="no 'data' object"):
        handle(a_job(data, job_type="store-submission"), RecordedLog(), 1)


@pytest.mark.parametrize("data", [{}, {"email_timestream": "soon"}])
def test_a_submission_without_a_time_is_rejected(data: dict[str, Any]) -> None:
    with pytest.raises(Reject, match="is neither an ISO 8601 date nor epoch ticks"):
        handle(a_job(data, job_type="store-submission"), RecordedLog(), 1)
