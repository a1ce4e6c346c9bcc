"""Receiving, hiding, deleting and dead-lettering, against stock moto."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

# Below a long poll of 20 seconds, far above what a slow machine needs: who is not woken waits longer.
A_WAIT_IN_VAIN_SECONDS = 15


def receive(aws: Any, url: str, **options: Any) -> list[dict[str, Any]]:
    options = {
        "MaxNumberOfMessages": 10,
        "AttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    } | options
    found: list[dict[str, Any]] = (
        aws.client("sqs").receive_message(QueueUrl=url, **options).get("Messages", [])
    )
    return found


def fill(aws: Any, url: str, count: int) -> None:
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, min(start + 10, count))]
        aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def count(aws: Any, url: str, suffix: str = "") -> int:
    name = f"ApproximateNumberOfMessages{suffix}"
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def deliveries_with_many_receivers(aws: Any, messages: int, receivers: int = 8) -> list[str]:
    """The ids that `receivers` threads got together, until the queue is empty."""
    url = aws.queue(VisibilityTimeout=60)
    fill(aws, url, messages)
    got: list[str] = []

    def drain(sqs: Any) -> None:
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages"):
            got.extend(message["MessageId"] for message in batch)

    with ThreadPoolExecutor(receivers) as pool:
        list(pool.map(drain, [aws.client("sqs") for _ in range(receivers)]))
    return got


def test_two_receivers_never_get_the_same_message(embedded: Any) -> None:
    got = deliveries_with_many_receivers(embedded, 300)
    assert len(got) == len(set(got)) == 300


def test_stock_moto_gives_one_message_to_two_receivers(stock: Any) -> None:
    for _ in range(25):
        try:
            got = deliveries_with_many_receivers(stock, 60, receivers=12)
        except ClientError:
            return  # the race as a 500: another thread had removed the message
        if len(got) > len(set(got)):
            return
    pytest.fail("stock moto no longer delivers twice: the lock in fixes/sqs may go")


def seconds_for_a_receive_from_a_full_queue(aws: Any, messages: int) -> float:
    url = aws.queue()
    fill(aws, url, messages)
    sqs, started = aws.client("sqs"), time.monotonic()
    for _ in range(5):
        sqs.receive_message(QueueUrl=url)
    return (time.monotonic() - started) / 5


def test_a_receive_does_not_take_longer_from_a_full_queue(embedded: Any, stock: Any) -> None:
    few, many = 300, 3000
    assert seconds_for_a_receive_from_a_full_queue(embedded, many) < (
        seconds_for_a_receive_from_a_full_queue(stock, few)
    )


def test_a_long_poll_waits_as_long_as_asked(embedded: Any) -> None:
    started = time.monotonic()
    assert receive(embedded, embedded.queue(), WaitTimeSeconds=2) == []
    assert time.monotonic() - started > 1.9


def test_a_long_poll_wakes_at_once_when_a_message_comes(embedded: Any) -> None:
    url, sent_at = embedded.queue(), []

    def send() -> None:
        sent_at.append(time.monotonic())
        embedded.client("sqs").send_message(QueueUrl=url, MessageBody="a")

    threading.Timer(0.3, send).start()
    assert receive(embedded, url, WaitTimeSeconds=20)
    assert time.monotonic() - sent_at[0] < A_WAIT_IN_VAIN_SECONDS


def test_a_long_poll_wakes_when_a_hidden_or_delayed_message_comes_back(embedded: Any) -> None:
    # given: one message that another receiver let go after a second, and one delayed by a second
    url, sqs = embedded.queue(), embedded.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="hidden")
    assert receive(embedded, url, VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=1)
    started = time.monotonic()
    # when
    bodies: set[str] = set()
    while len(bodies) < 2 and time.monotonic() - started < A_WAIT_IN_VAIN_SECONDS:
        bodies |= {message["Body"] for message in receive(embedded, url, WaitTimeSeconds=20)}
    # then
    assert bodies == {"hidden", "delayed"}
    assert time.monotonic() - started < A_WAIT_IN_VAIN_SECONDS


def abandon_a_long_poll(aws: Any, url: str) -> None:
    """Send a ReceiveMessage that waits 20 seconds, and close the connection as a killed client does."""
    host = aws.endpoint.removeprefix("http://")
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20, "MaxNumberOfMessages": 10})
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.ReceiveMessage",
        "Host": host,
        "Content-Length": str(len(body)),
    }
    request = AWSRequest("POST", aws.endpoint, headers=headers, data=body)
    SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1").add_auth(request)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    name, port = host.split(":")
    with socket.create_connection((name, int(port))) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\n{head}\r\n{body}".encode())
        time.sleep(0.3)  # until the server waits: it tells nobody that it does


def messages_left_after_an_abandoned_long_poll(aws: Any) -> int:
    url = aws.queue()
    abandon_a_long_poll(aws, url)
    fill(aws, url, 10)
    time.sleep(1.1)  # stock moto looks again after a second
    return len(receive(aws, url))


def test_the_long_poll_of_a_killed_client_takes_no_messages(embedded: Any, stock: Any) -> None:
    assert messages_left_after_an_abandoned_long_poll(embedded) == 10
    assert messages_left_after_an_abandoned_long_poll(stock) < 10


def received_twice(aws: Any) -> tuple[str, str, str]:
    """A queue's URL and the first and second receipt handle of its message, in flight for 60 seconds."""
    url = aws.queue()
    fill(aws, url, 1)
    first = receive(aws, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    deadline = time.monotonic() + 5
    while not (again := receive(aws, url, VisibilityTimeout=60)) and time.monotonic() < deadline:
        pass
    return url, first, again[0]["ReceiptHandle"]


def left_after_deleting_with_an_old_handle(aws: Any) -> int:
    url, old, _ = received_twice(aws)
    aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=old)
    return count(aws, url, "NotVisible")


def test_an_old_handle_deletes_nothing(embedded: Any, stock: Any) -> None:
    assert left_after_deleting_with_an_old_handle(embedded) == 1
    assert left_after_deleting_with_an_old_handle(stock) == 0


def test_deleting_twice_succeeds(embedded: Any) -> None:
    url, _, handle = received_twice(embedded)
    for _ in range(2):
        embedded.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert count(embedded, url, "NotVisible") == 0


def error_of_changing_visibility(aws: Any, url: str, handle: str) -> str | None:
    try:
        aws.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=30)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_an_old_handle_hides_nothing(embedded: Any, stock: Any) -> None:
    assert error_of_changing_visibility(embedded, *received_twice(embedded)[:2]) == "InvalidParameterValue"
    assert error_of_changing_visibility(stock, *received_twice(stock)[:2]) is None


def test_the_handle_of_a_deleted_message_hides_nothing(embedded: Any) -> None:
    url, _, handle = received_twice(embedded)
    embedded.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert error_of_changing_visibility(embedded, url, handle) == "InvalidParameterValue"


def hidden_again_by_an_expired_handle(aws: Any) -> bool:
    url = aws.queue()
    fill(aws, url, 1)
    handle = receive(aws, url, VisibilityTimeout=1)[0]["ReceiptHandle"]
    deadline = time.monotonic() + 5
    while count(aws, url) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    error_of_changing_visibility(aws, url, handle)
    return count(aws, url) == 0


def test_an_expired_handle_hides_nothing(embedded: Any, stock: Any) -> None:
    assert not hidden_again_by_an_expired_handle(embedded)
    assert hidden_again_by_an_expired_handle(stock)


def test_something_that_is_no_handle_is_an_error(embedded: Any) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": "nonsense"}])
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [("a", "ReceiptHandleIsInvalid")]


def test_visibility_zero_gives_a_message_back_at_once(embedded: Any) -> None:
    url = embedded.queue()
    fill(embedded, url, 1)
    handle = receive(embedded, url)[0]["ReceiptHandle"]
    entry = {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 0}
    embedded.client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=[entry])
    assert len(receive(embedded, url)) == 1


def dead_letter(aws: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A message as first received from its queue, as received from the dead-letter queue; the queue's ARN."""
    sqs, target, url = aws.client("sqs"), aws.queue(), aws.queue()
    arns = [
        sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for one in (target, url)
    ]
    policy = json.dumps({"deadLetterTargetArn": arns[0], "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    attribute = {"jobId": {"DataType": "String", "StringValue": "x"}}
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attribute)
    original = receive(aws, url, VisibilityTimeout=0)[0]
    time.sleep(0.01)
    assert receive(aws, url) == []
    return original, receive(aws, target)[0], arns[1]


def test_a_dead_letter_keeps_its_identity_and_says_where_it_comes_from(embedded: Any, stock: Any) -> None:
    original, dead, source = dead_letter(embedded)
    for field in ("MessageId", "Body", "MessageAttributes"):
        assert dead[field] == original[field]
    assert dead["Attributes"]["SentTimestamp"] == original["Attributes"]["SentTimestamp"]
    assert dead["Attributes"]["ApproximateReceiveCount"] == "2"
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == source
    assert "DeadLetterQueueSourceArn" not in dead_letter(stock)[1]["Attributes"]


def test_messages_past_their_retention_are_gone(embedded: Any) -> None:
    # given: a retention that is over; SQS takes no less than 60 seconds, which no test should wait for
    url = embedded.queue(MessageRetentionPeriod=60)
    fill(embedded, url, 1)
    embedded.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "0"})
    assert receive(embedded, url) == []


def test_fifo_groups_are_received_in_order_and_one_batch_at_a_time(embedded: Any) -> None:
    url = embedded.queue(".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sqs = embedded.client("sqs")
    for body in ("a1", "a2", "b1", "a1"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    first = receive(embedded, url, MaxNumberOfMessages=1)
    second = receive(embedded, url)
    assert [message["Body"] for message in first + second] == ["a1", "b1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert [message["Body"] for message in receive(embedded, url)] == ["a2"]


def test_purging_empties_a_queue(embedded: Any) -> None:
    url = embedded.queue()
    fill(embedded, url, 3)
    embedded.client("sqs").purge_queue(QueueUrl=url)
    assert receive(embedded, url) == []
    assert count(embedded, url) == 0
