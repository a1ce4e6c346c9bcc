"""Which function runs which job type, and how long it may take. A new job type is one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from job_contract import DEFAULT_JOB_TYPE, STORE_SUBMISSION, Job

from background_job.handlers import main_job_processing, simulate_work, store_submission
from background_job.job_log import JobLog

# handle(job, log, attempt) -> the result, anything that JSON can hold, or None for no result. `attempt`
# counts from 1. It raises Retry to try again, Reject for what can never succeed; anything else is a Retry.
Handler = Callable[[Job, JobLog, int], Any]


@dataclass(frozen=True, kw_only=True)
class JobType:
    """One kind of job. On overrun of `max_duration_seconds` the process drains and is replaced."""

    handle: Handler
    max_duration_seconds: float


def job_types(*, fault_injection: bool) -> Mapping[str, JobType]:
    """Every job type by name; `fault_injection` lets `simulate-work` do harm."""
    simulate = partial(simulate_work.handle, fault_injection=fault_injection)
    return {
        DEFAULT_JOB_TYPE: JobType(handle=main_job_processing.handle, max_duration_seconds=900),
        STORE_SUBMISSION: JobType(handle=store_submission.handle, max_duration_seconds=300),
        "simulate-work": JobType(handle=simulate, max_duration_seconds=3600),
    }
