"""`store-submission`: keeps a submitted payload with its time, ISO 8601 in UTC."""

from typing import Any

from job_contract import TIME_KEY, ContractError, Job, submission_time, without_secrets
from queue_worker import Reject

from background_job.job_log import JobLog


def handle(job: Job, log: JobLog, attempt: int) -> dict[str, Any]:
    """The stored object: `{"jobId", "timestamp", "data"}`, without any key named token.

    Raises Reject when there is no data, or no time in it under `email_timestream` (an ISO date or epoch
    ticks in s, ms, us or ns).
    """
    data = job.data.original_trigger.get("data")
    if not isinstance(data, dict):
        raise Reject("The submission has no 'data' object.")
    try:
        timestamp = submission_time(data.get(TIME_KEY))
    except ContractError as error:
        raise Reject(str(error)) from None
    log.info("Submission time read", timestamp=timestamp, attempt=attempt)
    stored = without_secrets(data) | {TIME_KEY: timestamp}
    log.info("Submission ready to be stored", keys=sorted(stored)[:50])
    return {"jobId": job.job_id, "timestamp": timestamp, "data": stored}
