"""Splits entries into batches that SQS takes: at most 10 entries and 1 MiB together."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_BATCH_ENTRIES = 10
MAX_BATCH_BYTES = 1_048_576
MAX_ATTRIBUTES = 10


def batches(entries: Iterable[T], size_bytes: Callable[[T], int] = lambda _: 0) -> Iterator[list[T]]:
    """The entries in order, in lists that keep both limits; an entry over the limit stands alone."""
    batch: list[T] = []
    total = 0
    for entry in entries:
        size = size_bytes(entry)
        if batch and (len(batch) == MAX_BATCH_ENTRIES or total + size > MAX_BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch


def message_bytes(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """What SQS counts: the body's UTF-8 bytes plus each attribute's name, data type and value."""
    total = len(body.encode())
    for name, attribute in attributes.items():
        value = attribute.get("BinaryValue", b"") or attribute.get("StringValue", "").encode()
        total += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
    return total


def string_attributes(attributes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Plain strings as SQS message attributes."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
