"""moto's WSGI application with the fixes applied, behind the embedded server."""

import socket
from collections.abc import Callable

from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from embedded_aws import fixes, image_registry, speed
from embedded_aws.access_log import AccessLog
from embedded_aws.http_server import Server
from embedded_aws.one_at_a_time import OneAtATime


def serve(
    listener: socket.socket,
    access_log: AccessLog,
    enforce_iam: bool,
    registry: str | None,
    announce: Callable[[str], None],
) -> None:
    """Serve on `listener` until the process is told to stop; call `announce(endpoint)` when ready."""
    speed.apply()
    fixes.apply_all()
    if registry:
        image_registry.apply(registry)
    if enforce_iam:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = Server(listener, app, access_log)
    speed.freeze()
    announce(f"http://{server.host}:{server.port}")
    server.serve_forever()
