"""The job types: each a module with a plain function `handle(job, log, attempt) -> result`."""

from background_job.handlers.registry import Handler, JobType, job_types

__all__ = ["Handler", "JobType", "job_types"]
