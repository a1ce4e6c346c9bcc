"""`python -m http_intake`: settings once, clients, then serve until SIGTERM."""

import os
import signal
import sys
from math import ceil

import uvicorn
from queue_worker import Metrics, SettingsError, configure_logging

from http_intake.app import make_app
from http_intake.aws import TokenParameter, TriggerQueue, clients
from http_intake.expected_token import ExpectedToken
from http_intake.intake import Intake
from http_intake.settings import Settings


def main() -> int:
    """Runs the service; returns its exit code. A wrong setting is one sentence and exit code 2."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        print(f"http_intake cannot start: {error}", file=sys.stderr)
        return 2
    configure_logging(service=settings.service_name, level=settings.log_level)
    # uvicorn handles the signal, and raises it anew when it is done: this is what it means then, and before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _server(settings).run()
    return 0


def _server(settings: Settings) -> uvicorn.Server:
    metrics = Metrics(namespace=settings.metrics_namespace, service=settings.service_name)
    return uvicorn.Server(
        uvicorn.Config(
            make_app(settings, _intake(settings), metrics),
            host=settings.host,
            port=settings.port,
            # SIGTERM: no new connections; what has begun is answered, for as long as this.
            timeout_graceful_shutdown=ceil(settings.drain_timeout_seconds),
            # Longer than a load balancer keeps idle connections (60 s): it must not use one that we close.
            timeout_keep_alive=75,
            http="h11",
            loop="asyncio",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )


def _intake(settings: Settings) -> Intake:
    ssm, sqs = clients(settings)
    token = ExpectedToken(
        TokenParameter(ssm, settings.auth_parameter).read,
        refresh_seconds=settings.auth_refresh_seconds,
        max_age_seconds=settings.auth_max_age_seconds,
    )
    queue = TriggerQueue(sqs, settings.next_queue_url, max_message_bytes=settings.max_message_bytes)
    return Intake(token, queue)


if __name__ == "__main__":
    sys.exit(main())
