"""The consumer runtime: moves messages between SQS and a handler without losing any.

It knows SQS and knows nothing of jobs. `run(handler, settings, session=...)` is the whole of it.
"""

from queue_worker.env import EnvReader
from queue_worker.errors import (
    Defer,
    Duplicate,
    LeaseLost,
    Reject,
    Retry,
    SettingsError,
    Unavailable,
    WorkerError,
)
from queue_worker.fast_calls import make_client
from queue_worker.log import configure_logging
from queue_worker.message import Message, Outgoing
from queue_worker.metrics import Metrics
from queue_worker.session import make_session
from queue_worker.settings import WorkerSettings
from queue_worker.worker import Handler, run

__all__ = [
    "Defer",
    "Duplicate",
    "EnvReader",
    "Handler",
    "LeaseLost",
    "Message",
    "Metrics",
    "Outgoing",
    "Reject",
    "Retry",
    "SettingsError",
    "Unavailable",
    "WorkerError",
    "WorkerSettings",
    "configure_logging",
    "make_client",
    "make_session",
    "run",
]
