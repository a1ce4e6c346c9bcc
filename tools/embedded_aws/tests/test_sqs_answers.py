"""Answers reach clients of both protocols with everything in them."""

import hashlib
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def test_binary_attributes_arrive_as_they_were_sent(embedded: Any) -> None:
    url, sqs = embedded.queue(), embedded.client("sqs")
    attribute = {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="é", MessageAttributes=attribute)
    assert sent["MD5OfMessageBody"] == hashlib.md5("é".encode()).hexdigest()
    (found,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert found["MessageAttributes"] == attribute
    assert found["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert found["Body"] == "é"


def test_attributes_that_were_not_asked_for_stay_away(embedded: Any) -> None:
    url, sqs = embedded.queue(), embedded.client("sqs")
    attribute = {"a": {"DataType": "String", "StringValue": "b"}}
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attribute)
    options = {"QueueUrl": url, "VisibilityTimeout": 0}
    (bare,) = sqs.receive_message(**options)["Messages"]
    assert not {"Attributes", "MessageAttributes"} & set(bare)
    chosen = sqs.receive_message(**options, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert chosen["Messages"][0]["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_old_clients_that_send_forms_get_xml(embedded: Any) -> None:
    url = embedded.queue()
    embedded.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    form = urlencode({"Action": "ReceiveMessage", "QueueUrl": url, "Version": "2012-11-05"})
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, Signature=x"
    }
    with urlopen(Request(embedded.endpoint, data=form.encode(), headers=headers), timeout=10) as answer:
        assert b"<Body>hello</Body>" in answer.read()
