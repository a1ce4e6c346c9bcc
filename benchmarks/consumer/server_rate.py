"""How many requests a second the canned server answers on one core, and what it must answer to not matter.

Sixteen connections with one request on each, as a busy consumer has them: receives of ten and deletes of ten.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator

from canned_messages import number_of
from canned_process import CannedProcess, faults
from process_clock import cpu_seconds

WANTED_PER_SECOND = 15_000
_CONNECTIONS = 16
_MOST_SECONDS = 60.0


def request(action: str, body: dict[str, object]) -> bytes:
    """A request with the headers that matter here."""
    text = json.dumps(body).encode()
    return (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.%b\r\nContent-Type: "
        b"application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b" % (action.encode(), len(text), text)
    )


def main() -> int:
    """Prints both rates; exit code 1 where the server is too slow to be no part of the result."""
    messages = 100_000
    own, other = _two_cores()
    os.sched_setaffinity(0, own)
    with CannedProcess("--messages", str(messages), cores=other) as server:
        port = int(server.url.rpartition(":")[2])
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(_CONNECTIONS)]
        spent, begun = cpu_seconds(server.pid), time.monotonic()
        calls = sum(1 for _ in _consume(connections, messages))
        seconds, cpu = time.monotonic() - begun, cpu_seconds(server.pid) - spent
        for connection in connections:
            connection.close()
        account = server.stop()
    on_a_core = calls / cpu
    print(
        f"{calls:,} requests in {seconds:.2f} s: {calls / seconds:,.0f} a second, with this client beside it"
    )
    print(f"{cpu / calls * 1e6:.1f} us of CPU a request: {on_a_core:,.0f} a second on a core")
    print(f"faults in the account: {faults(account) or 'none'}")
    return int(on_a_core < WANTED_PER_SECOND or bool(faults(account)))


def _two_cores() -> tuple[set[int], set[int]]:
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, {cores[-1]}


def _consume(connections: list[socket.socket], messages: int) -> Iterator[None]:
    """Receives and deletes all messages; one item a call."""
    receive = request(
        "ReceiveMessage",
        {
            "QueueUrl": "http://localhost/111122223333/source",
            "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp"],
            "MessageAttributeNames": ["All"],
        },
    )
    deleted, until = 0, time.monotonic() + _MOST_SECONDS
    while deleted < messages and time.monotonic() < until:
        for connection in connections:
            connection.sendall(receive)
        deletes = [_delete(_answer(connection)) for connection in connections]
        for connection, (call, _) in zip(connections, deletes, strict=True):
            connection.sendall(call)
        for connection, (_, count) in zip(connections, deletes, strict=True):
            _answer(connection)
            deleted += count
            yield from (None, None)


def _delete(answer: bytes) -> tuple[bytes, int]:
    found = json.loads(answer).get("Messages", [])
    handles = [each["ReceiptHandle"] for each in found]
    assert all(number_of(handle) is not None for handle in handles)  # noqa: S101
    entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
    # Where nothing was left the call is one that changes nothing, so that every connection has its answer.
    call = request("DeleteMessageBatch", {"Entries": entries}) if entries else request("ListQueues", {})
    return call, len(entries)


def _answer(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.rpartition(b"Content-Length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return body


if __name__ == "__main__":
    sys.exit(main())
