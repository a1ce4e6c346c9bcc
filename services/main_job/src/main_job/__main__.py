"""`python -m main_job`: settings once, clients, then run until SIGTERM."""

import os
import sys
from collections.abc import Mapping

from queue_worker import EnvReader, SettingsError, WorkerSettings, configure_logging, make_session, run

from main_job.adapter import trigger_handler


def main() -> int:
    """Runs the service; returns its exit code. A wrong setting is one sentence and exit code 2."""
    try:
        settings, region = _settings(os.environ)
    except SettingsError as error:
        print(f"main_job cannot start: {error}", file=sys.stderr)
        return 2
    configure_logging(service=settings.service_name, level=settings.log_level)
    handler = trigger_handler(max_message_bytes=settings.max_message_bytes)
    return run(handler, settings, session=make_session(region))


def _settings(env: Mapping[str, str]) -> tuple[WorkerSettings, str]:
    settings = WorkerSettings.from_env(env)
    if not settings.next_queue_url:
        raise SettingsError("NEXT_QUEUE_URL is not set; it must be the URL of the background queue.")
    # boto3 itself reads AWS_DEFAULT_REGION only.
    return settings, EnvReader(env).text("AWS_REGION")


if __name__ == "__main__":
    sys.exit(main())
