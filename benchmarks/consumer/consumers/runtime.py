"""Our runtime with a handler that does nothing: `consume`, or `pipe`, which sends each message on.

Its settings come from the environment, as those of a service do.
"""

import os
import sys

from queue_worker import Message, Outgoing, WorkerSettings, configure_logging, make_session, run


def consume(_: Message) -> None:
    """Nothing: the message is deleted."""


def pipe(message: Message) -> Outgoing:
    """The same message for the next queue."""
    return Outgoing(message.body, message.attributes)


def main() -> int:
    """Runs until SIGTERM."""
    settings = WorkerSettings.from_env(os.environ)
    configure_logging(service=settings.service_name, level=settings.log_level)
    handler = {"consume": consume, "pipe": pipe}[sys.argv[1]]
    return run(handler, settings, session=make_session(os.environ["AWS_REGION"]))


if __name__ == "__main__":
    sys.exit(main())
