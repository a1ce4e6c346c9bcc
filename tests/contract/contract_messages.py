"""Triggers and jobs to send."""

import json
from typing import Any

from contract_world import Sent
from job_contract import Job, JobData, new_job_id, utc_timestamp

SUBMISSION = {"email_timestream": "2026-03-01T10:00:00Z", "name": "Ada"}


def trigger(job_type: str = "main-job-processing", data: Any = None, **keys: Any) -> Sent:
    """A trigger; `keys` as in its JSON."""
    return Sent(json.dumps({"trigger": "contract", "jobType": job_type, "data": data, **keys}), {})


def job(job_type: str = "main-job-processing", data: Any = None, *, job_id: str = "", **keys: Any) -> Job:
    """A job as main_job sends it; `keys` go into its original trigger."""
    job_id = job_id or new_job_id()
    original = {"trigger": "contract", "jobType": job_type, "data": data, **keys}
    return Job(
        job_id=job_id,
        job_type=job_type,
        timestamp=utc_timestamp(1_780_000_000_000),
        correlation_id=f"contract-{job_id}",
        data=JobData(original_trigger=original, main_job_result={"trigger": "contract"}),
    )


def message(wanted: Job) -> Sent:
    """The job's message."""
    return Sent(wanted.encode(), wanted.attributes())
