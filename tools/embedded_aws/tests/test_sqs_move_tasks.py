"""Redrive of a dead-letter queue, against stock moto."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError


def arn_of(aws: Any, url: str) -> str:
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn


def dead_letters(aws: Any, bodies: str) -> tuple[str, str]:
    """The URL of a queue and the ARN of its dead-letter queue, into which the messages have gone."""
    sqs, target = aws.client("sqs"), aws.queue()
    arn = arn_of(aws, target)
    url = aws.queue(
        RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}), VisibilityTimeout=0
    )
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    deadline = time.monotonic() + 5
    while visible(aws, target) < len(bodies) and time.monotonic() < deadline:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return url, arn


def visible(aws: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def wait_for_status(aws: Any, arn: str, status: str) -> dict[str, Any]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        task: dict[str, Any] = aws.client("sqs").list_message_move_tasks(SourceArn=arn)["Results"][0]
        if task["Status"] == status:
            return task
        time.sleep(0.02)
    raise TimeoutError(status)


def test_dead_letters_go_back_to_where_they_came_from(embedded: Any) -> None:
    url, arn = dead_letters(embedded, "abc")
    embedded.client("sqs").start_message_move_task(SourceArn=arn)
    task = wait_for_status(embedded, arn, "COMPLETED")
    assert (task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (3, 3)
    assert visible(embedded, url) == 3


def test_a_slow_move_can_be_cancelled_and_excludes_a_second_one(embedded: Any) -> None:
    sqs, (_, arn) = embedded.client("sqs"), dead_letters(embedded, "abc")
    destination = arn_of(embedded, embedded.queue())
    handle = sqs.start_message_move_task(
        SourceArn=arn, DestinationArn=destination, MaxNumberOfMessagesPerSecond=2
    )["TaskHandle"]
    with pytest.raises(ClientError, match="There is already a task running"):
        sqs.start_message_move_task(SourceArn=arn)
    sqs.cancel_message_move_task(TaskHandle=handle)
    assert wait_for_status(embedded, arn, "CANCELLED")["ApproximateNumberOfMessagesMoved"] < 3


def test_only_a_dead_letter_queue_can_be_the_source(embedded: Any, stock: Any) -> None:
    for aws, message in ((embedded, "must be configured as a Dead Letter Queue"), (stock, "500")):
        arn = arn_of(aws, aws.queue())
        with pytest.raises(ClientError, match=message):
            aws.client("sqs").start_message_move_task(SourceArn=arn)


def test_a_letter_that_a_worker_sent_itself_goes_back_only_to_a_named_queue(embedded: Any) -> None:
    """SQS knows where a message comes from only when it moved it there itself."""
    sqs, (url, arn) = embedded.client("sqs"), dead_letters(embedded, "")
    letters = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=letters, MessageBody="by a worker")

    sqs.start_message_move_task(SourceArn=arn)
    assert wait_for_status(embedded, arn, "FAILED")["FailureReason"] == "CouldNotDetermineMessageSource"
    assert visible(embedded, letters) == 1

    sqs.start_message_move_task(SourceArn=arn, DestinationArn=arn_of(embedded, url))
    assert wait_for_status(embedded, arn, "COMPLETED")["ApproximateNumberOfMessagesMoved"] == 1
    assert visible(embedded, url) == 1
