"""`main-job-processing`, the default job type: the place where a team puts its own work."""

from typing import Any

from job_contract import Job

from background_job.job_log import JobLog


def handle(job: Job, log: JobLog, attempt: int) -> dict[str, Any]:
    """Notes what the trigger brought; returns that as the result."""
    data = job.data.original_trigger.get("data")
    log.info("Trigger data read", trigger=job.data.original_trigger.get("trigger"), **_shape(data))
    return {"jobId": job.job_id, "jobType": job.job_type, "attempt": attempt, "processed": _shape(data)}


def _shape(data: Any) -> dict[str, Any]:
    """What kind of data came; its values may be confidential and stay out of the log."""
    if isinstance(data, dict):
        return {"kind": "object", "keys": sorted(data)[:50]}
    return {"kind": "nothing" if data is None else type(data).__name__, "keys": []}
