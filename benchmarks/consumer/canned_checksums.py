"""The MD5s that SQS answers with: of a body, and of message attributes in the form that SQS defines."""

import hashlib
import struct
from base64 import b64decode
from collections.abc import Mapping

Attributes = Mapping[str, Mapping[str, str]]
_STRING, _BINARY = b"\x01", b"\x02"


def body_md5(body: str | bytes) -> str:
    """The MD5 (hex) of a body, of text in UTF-8."""
    data = body.encode() if isinstance(body, str) else body
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Attributes) -> str:
    """The MD5 (hex) over attributes sorted by name: each name, type and value with its length before it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    digest = hashlib.md5(usedforsecurity=False)
    for name, value in sorted(attributes.items()):
        digest.update(_with_length(name.encode()))
        digest.update(_with_length(value["DataType"].encode()))
        if value["DataType"].startswith("Binary"):
            digest.update(_BINARY + _with_length(b64decode(value["BinaryValue"])))
        else:
            digest.update(_STRING + _with_length(value["StringValue"].encode()))
    return digest.hexdigest()


def _with_length(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data
