"""Sizes, ids and per-entry failures, against stock moto."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

KIB = 1024
MIB = 1024 * KIB


def outcome(call: Any) -> str:
    """ "ok", or the error code without its prefix."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"]).rpartition(".")[2]
    return "ok"


def send(aws: Any, body: str, attribute: str = "", limit: int = KIB) -> str:
    url = aws.queue(MaximumMessageSize=limit)
    extra = (
        {"MessageAttributes": {"ab": {"DataType": "String", "StringValue": attribute}}} if attribute else {}
    )
    return outcome(lambda: aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, **extra))


def test_a_message_is_measured_in_bytes(embedded: Any, stock: Any) -> None:
    assert send(embedded, "a" * KIB) == "ok"
    assert send(embedded, "é" * 513) == "InvalidParameterValue"
    assert send(stock, "é" * 513) == "ok"


def test_message_attributes_count(embedded: Any, stock: Any) -> None:
    # given: an attribute of 2 (name) + 6 (its type) + 10 bytes
    assert send(embedded, "a" * (KIB - 18), "v" * 10) == "ok"
    assert send(embedded, "a" * (KIB - 17), "v" * 10) == "InvalidParameterValue"
    assert send(stock, "a" * (KIB - 17), "v" * 10) == "ok"


def test_characters_outside_of_xml_are_refused(embedded: Any, stock: Any) -> None:
    assert send(embedded, "a\x00b") == "InvalidMessageContents"
    assert send(stock, "a\x00b") == "ok"


def batch_with_one_too_large(aws: Any) -> list[tuple[str, str]] | str:
    url = aws.queue(MaximumMessageSize=KIB)
    entries = [{"Id": "small", "MessageBody": "a"}, {"Id": "large", "MessageBody": "a" * (KIB + 1)}]
    try:
        answer = aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    assert [entry["Id"] for entry in answer["Successful"]] == ["small"]
    return [(entry["Id"], entry["Code"]) for entry in answer["Failed"]]


def test_one_entry_that_is_too_large_fails_alone(embedded: Any, stock: Any) -> None:
    assert batch_with_one_too_large(embedded) == [("large", "InvalidParameterValue")]
    assert batch_with_one_too_large(stock) == "InvalidParameterValue"


def batch_of(aws: Any, bytes_total: int) -> str:
    url = aws.queue(MaximumMessageSize=MIB)
    sizes = [bytes_total // 2, bytes_total - bytes_total // 2 - 18]
    attribute = {"ab": {"DataType": "String", "StringValue": "v" * 10}}
    entries: list[dict[str, Any]] = [
        {"Id": str(number), "MessageBody": "a" * size} for number, size in enumerate(sizes)
    ]
    entries[0]["MessageAttributes"] = attribute
    return outcome(lambda: aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries))


def test_a_batch_holds_one_mebibyte_with_its_attributes(embedded: Any, stock: Any) -> None:
    assert batch_of(embedded, MIB) == "ok"
    assert batch_of(embedded, MIB + 1) == "BatchRequestTooLong"
    assert batch_of(stock, MIB + 1) == "ok"


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
    ],
)
def test_ids_of_delete_batches_are_checked(embedded: Any, stock: Any, ids: list[str], code: str) -> None:
    def delete(aws: Any) -> str:
        entries = [{"Id": one, "ReceiptHandle": f"x{number}"} for number, one in enumerate(ids)]
        return outcome(lambda: aws.client("sqs").delete_message_batch(QueueUrl=aws.queue(), Entries=entries))

    assert delete(embedded) == code
    assert delete(stock) == "ok"
