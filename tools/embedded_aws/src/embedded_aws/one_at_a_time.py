"""Makes moto safe to call from several threads."""

import threading
from typing import Any

from embedded_aws import signature

_turns: dict[str, threading.Lock] = {}


def turn_of(service: str) -> threading.Lock:
    """The lock that a request of this service holds, also for code that does its work from elsewhere.

    Who holds one may take those of events and logs, in this order.
    """
    return _turns.setdefault(service, threading.Lock())


class OneAtATime:
    """Runs the requests of one AWS service one after the other.

    moto's backends are plain dicts and lists, changed without locks: two conditional writes of
    DynamoDB could both find their condition true. The interpreter runs one thread at a time anyway,
    so nothing is lost by waiting. SQS is left out: its long polls wait, and its fix has a lock of
    its own; so are moto's own pages, where agents wait for news, and the services whose moto code may
    send requests to this server itself.
    """

    FREE = frozenset({"sqs", "lambda", "batch", "apigateway", "execute-api", "sns", "states"})

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        service = signature.service(environ)
        if service in self.FREE or environ.get("PATH_INFO", "").startswith("/moto-api"):
            return self._app(environ, start_response)
        with turn_of(service):
            return self._app(environ, start_response)
