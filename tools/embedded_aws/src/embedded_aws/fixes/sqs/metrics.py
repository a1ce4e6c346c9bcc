"""CloudWatch metrics of queues (`AWS/SQS`), computed when they are asked for.

What moto gets wrong: it has none. AWS sends one data point a minute; here there is only the newest one,
stamped with the start of the current minute. Statistics over more than that minute are not kept.
"""

import time
from collections.abc import Iterator
from typing import Any

from moto.cloudwatch.models import MetricDatum
from moto.core.common_models import CloudWatchMetricProvider
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

from embedded_aws.fixes.sqs.shelf import AVAILABLE, DELAYED, IN_FLIGHT

# SQS no longer counts a message in the age after about three receives: a poison message would hide the rest.
RECEIVES_COUNTED_IN_AGE = 3


def apply() -> None:
    """Nothing to call: moto asks every subclass of CloudWatchMetricProvider."""


class QueueMetrics(CloudWatchMetricProvider):  # type: ignore[misc]
    """Length and age of every queue."""

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[Any]:
        """One data point for each queue and metric."""
        minute = utcnow().replace(second=0, microsecond=0)
        return [
            MetricDatum(
                namespace="AWS/SQS",
                name=name,
                value=value,
                dimensions=[{"Name": "QueueName", "Value": queue.name}],
                timestamp=minute,
                unit=unit,
            )
            for queue in list(sqs_backends[account_id][region].queues.values())
            for name, value, unit in _values(queue)
        ]


def _values(queue: Any) -> Iterator[tuple[str, float, str]]:
    waiting = queue.shelf.messages(AVAILABLE)
    hidden = queue.shelf.messages(IN_FLIGHT)
    delayed = queue.shelf.messages(DELAYED)
    counted = [one for one in waiting + hidden if one.approximate_receive_count <= RECEIVES_COUNTED_IN_AGE]
    oldest_ms = min((one.sent_timestamp for one in counted), default=None)
    yield "ApproximateNumberOfMessagesVisible", len(waiting), "Count"
    yield "ApproximateNumberOfMessagesNotVisible", len(hidden), "Count"
    yield "ApproximateNumberOfMessagesDelayed", len(delayed), "Count"
    yield (
        "ApproximateAgeOfOldestMessage",
        0 if oldest_ms is None else time.time() - oldest_ms / 1000,
        "Seconds",
    )
