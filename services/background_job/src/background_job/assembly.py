"""Puts the parts together: clients, ledger, results, logs, processor."""

from functools import partial

import boto3
from job_contract import SHARED_STREAMS, Job
from queue_worker import WorkerSettings, make_client

from background_job.aws import hasty_config, patient_config
from background_job.claiming import Claimer
from background_job.cloudwatch import CloudWatch
from background_job.handlers import job_types
from background_job.job_log import JobStreams, planned_place
from background_job.ledger import Ledger, LogPlace
from background_job.log_sink import Stream
from background_job.log_writer import AWAY_SECONDS, CountingMetrics, LogWriter
from background_job.persistence import Persistence
from background_job.processor import JobProcessor
from background_job.results import Results
from background_job.settings import JobSettings
from background_job.task import task_id


def assemble(
    settings: JobSettings,
    worker: WorkerSettings,
    *,
    session: boto3.Session,
    metrics: CountingMetrics,
    persistence: Persistence | None = None,
    log_away_seconds: float = AWAY_SECONDS,
) -> tuple[JobProcessor, LogWriter]:
    """The processor, and the log writer: start it before the run, close it when drained."""
    connections = worker.concurrency + 2
    patient, hasty = patient_config(connections), hasty_config(connections)
    fast = partial(make_client, session, fast_calls=worker.fast_calls)
    ledger = Ledger(
        fast("dynamodb", patient),
        settings.ledger_table,
        renew_client=fast("dynamodb", hasty),
        retention_seconds=settings.ledger_retention_seconds,
    )
    writer = LogWriter(
        CloudWatch(fast("logs", hasty)),
        shared_stream=Stream(settings.job_log_group, f"{SHARED_STREAMS}{task_id(settings.metadata_url)}"),
        streams_per_second=settings.log_streams_per_second,
        buffer_bytes=settings.log_buffer_bytes,
        flush_seconds=settings.log_flush_seconds,
        metrics=metrics,
        away_seconds=log_away_seconds,
    )
    groups = {"job_group": settings.job_log_group, "custom_group": settings.custom_log_group}

    def log_place(job: Job) -> LogPlace:
        return planned_place(job, **groups)

    def open_streams(job: Job, repeated: bool) -> JobStreams:
        return JobStreams(job, writer, exists=repeated, **groups)

    processor = JobProcessor(
        job_types=job_types(fault_injection=settings.fault_injection),
        claimer=Claimer(ledger, max_attempts=worker.max_attempts, log_place=log_place),
        ledger=ledger,
        results=Results(session.client("s3", config=patient), settings.results_bucket),
        open_streams=open_streams,
        persistence=persistence or Persistence(after_drain_seconds=worker.drain_timeout_seconds / 2),
        max_duration_seconds=worker.max_duration_seconds,
    )
    return processor, writer
