"""How deep and how old the queues are, without receiving a message: a receive would change what it counts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from deployment.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Terraform's outputs: queue → its dead-letter queue.
QUEUES = {
    "sqs_main_job_triggers_queue_url": "sqs_main_job_triggers_dlq_url",
    "sqs_background_jobs_queue_url": "sqs_background_jobs_dlq_url",
}
# Metrics arrive once a minute, and later when a queue was idle.
_METRIC_WINDOW = timedelta(minutes=15)
_METRIC_PERIOD_SECONDS = 60


@dataclass(frozen=True)
class QueueDepth:
    """SQS's approximate counts. `oldest_age_seconds` is CloudWatch's, None while it has no figure.

    SQS has no attribute for the age, and a message received three times or more no longer counts in it.
    """

    name: str
    visible: int
    in_flight: int
    delayed: int
    dead: int
    oldest_age_seconds: float | None


def read_depths(target: Target) -> list[QueueDepth]:
    """One entry for each queue; lets boto3's errors through."""
    sqs: SQSClient = target.client("sqs")
    urls = {target.outputs[queue]: target.outputs[dead] for queue, dead in QUEUES.items()}
    ages = _ages(target, [_name(url) for url in urls])
    depths = []
    for url, dead_url in urls.items():
        visible, in_flight, delayed = counts(sqs, url)
        name = _name(url)
        depths.append(
            QueueDepth(name, visible, in_flight, delayed, sum(counts(sqs, dead_url)), ages.get(name))
        )
    return depths


def counts(sqs: "SQSClient", url: str) -> tuple[int, int, int]:
    """Visible, in flight and delayed messages of a queue."""
    found = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return (
        int(found["ApproximateNumberOfMessages"]),
        int(found["ApproximateNumberOfMessagesNotVisible"]),
        int(found["ApproximateNumberOfMessagesDelayed"]),
    )


def _ages(target: Target, names: list[str]) -> dict[str, float]:
    now = datetime.now(UTC)
    answer = target.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"age{number}",
                "Label": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SQS",
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": name}],
                    },
                    "Period": _METRIC_PERIOD_SECONDS,
                    "Stat": "Maximum",
                },
            }
            for number, name in enumerate(names)
        ],
        # A little into the future: a figure of this very second counts too.
        StartTime=now - _METRIC_WINDOW,
        EndTime=now + timedelta(seconds=_METRIC_PERIOD_SECONDS),
        ScanBy="TimestampDescending",
    )
    results = {result["Label"]: result["Values"] for result in answer["MetricDataResults"]}
    return {name: float(values[0]) for name, values in results.items() if values}


def _name(url: str) -> str:
    return url.rpartition("/")[2]
