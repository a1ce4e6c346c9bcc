"""`main-job-processing`: the default job type."""

from typing import Any

import pytest
from background_job.handlers.main_job_processing import handle
from job_world import JobWorld, RecordedLog, a_job, message_for


@pytest.mark.parametrize(
    ("data", "kind", "keys"),
    [({"b": 1, "a": 2}, "object", ["a", "b"]), ([1, 2], "list", []), ("text", "str", []), (17, "int", [])],
)
def test_the_result_tells_the_shape_of_the_data_and_not_its_values(
    data: Any, kind: str, keys: list[str]
) -> None:
    job = a_job(data, job_type="main-job-processing")
    assert handle(job, RecordedLog(), 2) == {
        "jobId": job.job_id,
        "jobType": "main-job-processing",
        "attempt": 2,
        "processed": {"kind": kind, "keys": keys},
    }


def test_it_leaves_start_step_and_completion_in_its_stream(jobs: JobWorld) -> None:
    job = a_job({"order": 17}, job_type="main-job-processing")
    assert jobs.outcome(message_for(job)) is None
    messages = [line["message"] for line in jobs.lines(jobs.record(job).stream)]
    assert messages == [
        "Processing background job: main-job-processing",
        "Trigger data read",
        "Background job completed",
    ]
