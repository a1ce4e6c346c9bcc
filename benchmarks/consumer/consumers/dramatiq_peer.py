"""dramatiq-sqs: `produce` sends a message for each line on stdin, `consume` works them off.

The middleware is that of its README (https://github.com/Bogdanp/dramatiq_sqs) without Prometheus, which is
an extra. One process of a few threads, which fetch up to ten messages at once; the worker's own default is
two messages a thread: https://dramatiq.io/guide.html
"""

import os
import signal
import sys
import threading

import dramatiq
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, TimeLimit
from dramatiq_sqs import SQSBroker

broker = SQSBroker(
    middleware=[
        AgeLimit(),
        TimeLimit(),
        Callbacks(),
        Pipelines(),
        Retries(min_backoff=1000, max_backoff=900000, max_retries=96),
    ],
    region_name=os.environ["AWS_REGION"],
)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="source")
def trivial(body: str) -> None:
    """Nothing."""


def main() -> None:
    """Produces, or consumes until SIGTERM."""
    if sys.argv[1] == "produce":
        for line in sys.stdin:
            trivial.send(line.rstrip("\n"))
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker = dramatiq.Worker(broker, worker_threads=int(os.environ["LOOPS"]))
    worker.start()
    stop.wait()
    worker.stop()


if __name__ == "__main__":
    main()
