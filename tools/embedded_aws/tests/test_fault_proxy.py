"""What the proxy does to a connection, seen by a plain HTTP client; what the server did is seen by boto3."""

import http.client
import threading
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest
from embedded_aws.fault_proxy import Fault, FaultProxy, Request, Response, cut_midway, hang

Seen = list[tuple[str, int]]


@pytest.fixture
def seen() -> Seen:
    """Action and status of each call that reached the server."""
    return []


@pytest.fixture
def proxy(aws_endpoint: str, seen: Seen) -> Iterator[FaultProxy]:
    """A proxy that tells what it saw."""

    def hear(request: Request, response: Response) -> None:
        seen.append((request.action, response.status))

    with FaultProxy(aws_endpoint, hear) as made:
        yield made


def ask(proxy: FaultProxy, method: str, path: str, timeout_seconds: float = 60) -> bytes:
    """A plain request to S3; the body of the answer. PUT makes a bucket, which is answered without a body."""
    connection = http.client.HTTPConnection(urlsplit(proxy.endpoint).netloc, timeout=timeout_seconds)
    try:
        connection.request(method, path, b"", {"Host": "s3.us-east-1.amazonaws.com"})
        return connection.getresponse().read()
    finally:
        connection.close()


def buckets(aws_session: boto3.Session, endpoint: str) -> set[str]:
    listed = aws_session.client("s3", endpoint_url=endpoint).list_buckets()["Buckets"]
    return {bucket["Name"] for bucket in listed}


def test_an_answer_cut_midway_is_half_there_and_the_server_has_acted(
    proxy: FaultProxy, aws_session: boto3.Session, aws_endpoint: str, seen: Seen
) -> None:
    # Given a fault that cuts answers
    name = f"b-{uuid.uuid4().hex}"
    proxy.add(Fault("*", cut_midway))

    # When a bucket is made, which is answered without a body, then nothing comes, and the bucket is there.
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "PUT", f"/{name}")
    assert name in buckets(aws_session, aws_endpoint)

    # When the buckets are listed, then half of the list comes.
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(proxy, "GET", "/")
    assert len(broken.value.partial) == pytest.approx(broken.value.expected, abs=1)
    assert seen == [(f"PUT /{name}", 200), ("GET /", 200)]


def test_a_call_that_hangs_never_reaches_the_server_and_is_cut_in_the_end(
    proxy: FaultProxy, aws_session: boto3.Session, aws_endpoint: str, seen: Seen
) -> None:
    # Given a fault that hangs until it is over
    name, over = f"b-{uuid.uuid4().hex}", threading.Event()
    fault = proxy.add(Fault("PUT *", hang(over, 60)))

    # When the client gives up, or the fault is over, then nothing came
    with pytest.raises(TimeoutError):
        ask(proxy, "PUT", f"/{name}", timeout_seconds=0.5)
    over.set()
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "PUT", f"/{name}")
    assert (fault.hits, seen) == (2, [])
    assert name not in buckets(aws_session, aws_endpoint)

    # ... and without the fault the call passes.
    proxy.remove(fault)
    proxy.remove(fault)
    ask(proxy, "PUT", f"/{name}")
    assert name in buckets(aws_session, aws_endpoint)
