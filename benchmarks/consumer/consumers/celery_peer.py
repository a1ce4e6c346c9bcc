"""celery with SQS: `produce` sends a task for each line on stdin, `consume` works them off.

Set up for many short tasks as its documentation says:
- worker_prefetch_multiplier 128 ("lots of short tasks ... 64, or 128"), no results, no events, no gossip:
  https://docs.celeryq.dev/en/stable/userguide/optimizing.html
- predefined queues and no polling interval between long polls:
  https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.SQS.html
- a pool of threads: https://docs.celeryq.dev/en/stable/userguide/concurrency/index.html
"""

import os
import sys

from celery import Celery

app = Celery("celery_peer", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_REGION"],
        "wait_time_seconds": 1,
        "polling_interval": 0,
        "predefined_queues": {
            "source": {
                "url": os.environ["QUEUE_URL"],
                "access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
                "secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
            }
        },
    },
    task_default_queue="source",
    task_ignore_result=True,
    worker_prefetch_multiplier=128,
    # "SQS doesn't yet support worker remote control commands."
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name="trivial")
def trivial(body: str) -> None:
    """Nothing."""


def main() -> None:
    """Produces, or consumes until SIGTERM."""
    if sys.argv[1] == "produce":
        for line in sys.stdin:
            trivial.delay(line.rstrip("\n"))
        return
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={os.environ['LOOPS']}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel=WARNING",
        ]
    )


if __name__ == "__main__":
    main()
