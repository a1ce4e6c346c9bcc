"""sqs-workers: `produce` sends a job for each line on stdin, `consume` works them off.

Batch reads of ten, which its README names for speed, and the queue by its URL, which saves a call:
https://github.com/Doist/sqs-workers. Its worker is one loop; it offers no threads.
"""

import os
import sys

import boto3
from sqs_workers import SQSEnv
from sqs_workers.batching import BatchMessages

sqs = SQSEnv(session=boto3.Session(region_name=os.environ["AWS_REGION"]))
queue = sqs.queue("source", batching_policy=BatchMessages(batch_size=10), queue_url=os.environ["QUEUE_URL"])


@queue.processor("trivial")
def trivial(messages: list[object]) -> None:
    """Nothing."""


def main() -> None:
    """Produces, or consumes until SIGTERM."""
    if sys.argv[1] == "produce":
        for line in sys.stdin:
            trivial.delay(body=line.rstrip("\n"))
        return
    queue.process_queue(wait_second=1)


if __name__ == "__main__":
    main()
