"""The canned server speaks SQS as boto3 and moto do."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from canned_checksums import attributes_md5, body_md5
from canned_clients import canned
from canned_process import SERVER, faults
from moto import mock_aws
from server_rate import request

BODIES = ["plain", "Zoë 世界 🙂", 'a "quoted" \\ line\nand another\ttab', "<&>", "x" * 100_000]
ATTRIBUTES = {
    "jobType": {"DataType": "String", "StringValue": "größer"},
    "amount": {"DataType": "Number", "StringValue": "12.5"},
    "aName": {"DataType": "String.custom", "StringValue": "x"},
}


def file_of(bodies: list[str], path: Path) -> Path:
    lines = [json.dumps({"Body": body, "MessageAttributes": ATTRIBUTES}) for body in bodies]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("body", BODIES)
def test_the_checksums_are_those_of_moto(body: str) -> None:
    with mock_aws():
        sqs = boto3.client(
            "sqs", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        queue_url = sqs.create_queue(QueueName="source")["QueueUrl"]
        sent = sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=ATTRIBUTES)  # type: ignore[arg-type]

    assert body_md5(body) == sent["MD5OfMessageBody"]
    assert attributes_md5(ATTRIBUTES) == sent["MD5OfMessageAttributes"]


def test_binary_attributes_have_the_checksum_of_moto() -> None:
    with mock_aws():
        sqs = boto3.client(
            "sqs", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        queue_url = sqs.create_queue(QueueName="source")["QueueUrl"]
        sent = sqs.send_message(
            QueueUrl=queue_url,
            MessageBody="x",
            MessageAttributes={"raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"}},
        )

    assert (
        attributes_md5({"raw": {"DataType": "Binary", "BinaryValue": "AAH/"}})
        == sent["MD5OfMessageAttributes"]
    )


def test_boto3_gets_each_message_as_it_was_put_in(tmp_path: Path) -> None:
    file = file_of(BODIES, tmp_path / "messages.jsonl")
    with canned("--messages", str(len(BODIES)), "--file", str(file)) as world:
        received = world.receive(world.sqs)

    assert [message["Body"] for message in received] == BODIES
    for message in received:
        assert message["MD5OfBody"] == body_md5(message["Body"])
        assert message["MessageAttributes"] == ATTRIBUTES
        assert message["MD5OfMessageAttributes"] == attributes_md5(ATTRIBUTES)
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert len({message["MessageId"] for message in received}) == len(BODIES)


def test_attributes_come_only_when_they_are_asked_for() -> None:
    with canned("--messages", "2") as world:
        (bare,) = world.sqs.receive_message(QueueUrl=world.queue("source"))["Messages"]
        (some,) = world.sqs.receive_message(
            QueueUrl=world.queue("source"), MessageSystemAttributeNames=["SentTimestamp"]
        )["Messages"]

    assert set(bare) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    assert set(some["Attributes"]) == {"SentTimestamp"}


def test_a_whole_life_of_messages_leaves_an_account_without_fault() -> None:
    with canned("--messages", "25", "--expect-sends", "--warmup", "12") as world:
        sqs = world.sqs
        while received := world.receive(sqs):
            sent = sqs.send_message_batch(
                QueueUrl=world.queue("next"),
                Entries=[
                    {
                        "Id": str(index),
                        "MessageBody": message["Body"],
                        "MessageAttributes": message["MessageAttributes"],
                    }
                    for index, message in enumerate(received)
                ],
            )
            sqs.delete_message_batch(
                QueueUrl=world.queue("source"),
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(received)
                ],
            )
            for entry, message in zip(sent["Successful"], received, strict=True):
                assert entry["MD5OfMessageBody"] == body_md5(message["Body"])
                assert entry["MD5OfMessageAttributes"] == attributes_md5(message["MessageAttributes"])
        begin = world.server.event("begin", timeout_seconds=60)
        end = world.server.event("end", timeout_seconds=60)
        account = world.server.stop()

    assert faults(account) == []
    assert (account["received"], account["sent"], account["deleted"]) == (25, 25, 25)
    assert account["calls"] == {"ReceiveMessage": 5, "SendMessageBatch": 4, "DeleteMessageBatch": 4}
    assert (begin["received"], begin["deleted"], end["deleted"]) == (12, 12, 25)
    assert begin["monotonicSeconds"] <= end["monotonicSeconds"]


def test_what_is_made_visible_comes_again_with_another_handle() -> None:
    with canned("--messages", "1") as world:
        sqs = world.sqs
        (first,) = world.receive(sqs)
        sqs.change_message_visibility(
            QueueUrl=world.queue("source"), ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=30
        )
        assert world.receive(sqs) == []
        answer = sqs.change_message_visibility_batch(
            QueueUrl=world.queue("source"),
            Entries=[{"Id": "a", "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0}],
        )
        (second,) = world.receive(sqs)
        sqs.delete_message(QueueUrl=world.queue("source"), ReceiptHandle=second["ReceiptHandle"])
        account = world.server.stop()

    assert answer["Successful"] == [{"Id": "a"}]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert faults(account) == ["1 received again"]


def test_a_waiting_poll_and_a_late_answer_hold_up_nobody_else() -> None:
    with canned("--messages", "1", "--delay-ms", "10", "--longest-poll-seconds", "600") as world:
        sqs = world.sqs
        (message,) = world.receive(sqs)
        port = int(world.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            poll = {"QueueUrl": world.queue("source"), "WaitTimeSeconds": 600}
            # They come together, so once the first is answered the poll waits.
            connection.sendall(request("ListQueues", {}) + request("ReceiveMessage", poll))
            assert b"QueueUrls" in connection.recv(65_536)
            sqs.delete_message(QueueUrl=world.queue("source"), ReceiptHandle=message["ReceiptHandle"])

            assert world.server.event("end", timeout_seconds=60)["calls"]["ReceiveMessage"] == 2
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)


def test_queues_can_be_found_and_looked_at() -> None:
    with canned() as world:
        sqs = world.sqs
        assert sqs.get_queue_url(QueueName="next")["QueueUrl"] == world.queue("next")
        assert sqs.create_queue(QueueName="source")["QueueUrl"] == world.queue("source")
        assert world.queue("dead-letter") in sqs.list_queues(QueueNamePrefix="dead")["QueueUrls"]
        attributes = sqs.get_queue_attributes(QueueUrl=world.queue("source"), AttributeNames=["QueueArn"])

    assert attributes["Attributes"] == {"QueueArn": "arn:aws:sqs:eu-central-1:111122223333:source"}


def test_the_job_stage_finds_its_table_its_logs_and_its_bucket() -> None:
    with canned() as world:
        claimed = world.client("dynamodb").update_item(
            TableName="ledger",
            Key={"jobId": {"S": "a"}},
            UpdateExpression="SET #state = :running, #attempts = if_not_exists(#attempts, :zero) + :one",
            ExpressionAttributeNames={"#state": "state", "#attempts": "attempts"},
            ExpressionAttributeValues={
                ":running": {"S": "running"},
                ":zero": {"N": "0"},
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
        )
        done = world.client("dynamodb").update_item(
            TableName="ledger",
            Key={"jobId": {"S": "a"}},
            UpdateExpression="SET #state = :succeeded, #attempts = #attempts + :one",
            ExpressionAttributeNames={"#state": "state", "#attempts": "attempts"},
            ExpressionAttributeValues={":succeeded": {"S": "succeeded"}, ":one": {"N": "1"}},
        )
        logs = world.client("logs")
        logs.create_log_stream(logGroupName="/jobs", logStreamName="a")
        logs.put_log_events(
            logGroupName="/jobs",
            logStreamName="a",
            logEvents=[{"timestamp": 1, "message": "one"}, {"timestamp": 2, "message": "two"}],
        )
        world.client("s3").put_object(Bucket="results", Key="a/1", Body=b"{}")
        account = world.server.stop()

    assert claimed["Attributes"] == {
        "jobId": {"S": "a"},
        "state": {"S": "running"},
        "attempts": {"N": "1"},
    }
    assert done["Attributes"]["attempts"] == {"N": "2"}
    assert account["jobServices"] == {
        "jobs": 1,
        "succeeded": 1,
        "streams": 1,
        "logEvents": 2,
        "eventsWithoutStream": 0,
    }
    assert account["calls"]["PutObject"] == 1
    assert account["wrong"] == {}


def test_what_it_does_not_know_is_refused_and_counted() -> None:
    with canned() as world:
        with pytest.raises(ClientError, match=r"knows no AmazonSQS\.PurgeQueue"):
            world.sqs.purge_queue(QueueUrl=world.queue("source"))
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            world.sqs.receive_message(QueueUrl=world.queue("source"), MaxNumberOfMessages=11)
        account = world.server.stop()

    assert account["wrong"] == {
        "PurgeQueue refused: UnknownOperationException": 1,
        "ReceiveMessage refused: InvalidParameterValue": 1,
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--messages", "none"], "none is no number from 1 to 1e+06"),
        (["--messages", "0"], "0 is no number from 1"),
        (["--delay-ms", "-1"], "-1 is no number from 0 to 10000"),
        (["--messages", "10", "--warmup", "10"], "--warmup is 10; it must be less than --messages (10)"),
        (["--file", "missing.jsonl"], "missing.jsonl cannot be read: No such file"),
        (["--file", str(SERVER)], "holds no messages as JSON lines"),
        (["--files", "x"], "unrecognized arguments: --files"),
    ],
)
def test_a_bad_option_is_one_sentence(options: list[str], says: str) -> None:
    ran = subprocess.run(
        [sys.executable, SERVER, *options], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 2
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
