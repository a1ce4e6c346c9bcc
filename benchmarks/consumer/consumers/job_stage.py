"""background_job, whole but for its handler: ledger, job stream with three lines, no result to store."""

import os
import sys

from background_job.assembly import assemble
from background_job.handlers import JobType
from background_job.job_log import JobLog
from background_job.settings import JobSettings
from job_contract import Job
from queue_worker import Metrics, WorkerSettings, configure_logging, make_session, run

# The account's real limit is 50 a second; here every job shall pay for a stream of its own.
STREAMS_PER_SECOND = 1_000_000.0


def handle(_: Job, log: JobLog, attempt: int) -> None:
    """Says that it was there."""
    log.info("Benchmark job", attempt=attempt)


def main() -> int:
    """Runs until SIGTERM."""
    worker = WorkerSettings.from_env(os.environ)
    region = os.environ["AWS_REGION"]
    settings = JobSettings(
        region=region,
        ledger_table="ledger",
        results_bucket="results",
        job_log_group="/jobs",
        custom_log_group="/custom",
        log_streams_per_second=STREAMS_PER_SECOND,
    )
    configure_logging(service=worker.service_name, level=worker.log_level)
    metrics = Metrics(namespace=worker.metrics_namespace, service=worker.service_name)
    session = make_session(region)
    processor, log_writer = assemble(settings, worker, session=session, metrics=metrics)
    processor.job_types["benchmark"] = JobType(handle=handle, max_duration_seconds=60)
    log_writer.start()
    return run(processor, worker, session=session, metrics=metrics, on_drained=log_writer.close)


if __name__ == "__main__":
    sys.exit(main())
