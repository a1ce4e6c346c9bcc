"""`python -m background_job`: settings once, clients, then run until SIGTERM."""

import os
import sys

from queue_worker import Metrics, SettingsError, WorkerSettings, configure_logging, make_session, run

from background_job.assembly import assemble
from background_job.settings import JobSettings


def main() -> int:
    """Runs the service; returns its exit code. A wrong setting is one sentence and exit code 2."""
    try:
        worker_settings = WorkerSettings.from_env(os.environ)
        job_settings = JobSettings.from_env(os.environ)
    except SettingsError as error:
        print(f"background_job cannot start: {error}", file=sys.stderr)
        return 2
    configure_logging(service=worker_settings.service_name, level=worker_settings.log_level)
    metrics = Metrics(namespace=worker_settings.metrics_namespace, service=worker_settings.service_name)
    session = make_session(job_settings.region)
    processor, log_writer = assemble(job_settings, worker_settings, session=session, metrics=metrics)
    log_writer.start()
    return run(processor, worker_settings, session=session, metrics=metrics, on_drained=log_writer.close)


if __name__ == "__main__":
    sys.exit(main())
