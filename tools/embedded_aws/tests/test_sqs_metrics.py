"""CloudWatch metrics of queues, against stock moto."""

from datetime import UTC, datetime, timedelta
from typing import Any


def newest(aws: Any, url: str, metric: str) -> float | None:
    now = datetime.now(UTC)
    query = {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": metric,
                "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            },
            "Period": 60,
            "Stat": "Maximum",
        },
    }
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=15), EndTime=now
    )
    values = answer["MetricDataResults"][0]["Values"]
    return float(values[-1]) if values else None


def lengths_and_age(aws: Any) -> tuple[float | None, float | None, bool]:
    """Visible, in flight, and whether the age is that of messages sent just now."""
    url, sqs = aws.queue(), aws.client("sqs")
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=url)
    age = newest(aws, url, "ApproximateAgeOfOldestMessage")
    return (
        newest(aws, url, "ApproximateNumberOfMessagesVisible"),
        newest(aws, url, "ApproximateNumberOfMessagesNotVisible"),
        age is not None and 0 <= age < 10,
    )


def test_queues_have_metrics(embedded: Any, stock: Any) -> None:
    assert lengths_and_age(embedded) == (2, 1, True)
    assert lengths_and_age(stock) == (None, None, False)


def test_an_empty_queue_has_no_age(embedded: Any) -> None:
    assert newest(embedded, embedded.queue(), "ApproximateAgeOfOldestMessage") == 0
