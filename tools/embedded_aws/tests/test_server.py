"""The process: how it starts, ends, logs, and keeps connections open."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError


def test_a_taken_port_is_told_in_one_sentence_with_exit_code_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "embedded_aws", "--port", str(port)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        f"Port {port} cannot be used (Address already in use); choose another."
    ]
    assert result.stdout == ""


def test_it_announces_itself_in_one_json_line_and_ends_with_0_on_sigterm() -> None:
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        assert endpoint.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert process.stdout.read() == ""


def test_it_listens_on_loopback_only(embedded: Any) -> None:
    # given: another address of this machine's loopback range
    port = urlsplit(embedded.endpoint).port
    with socket.socket() as probe:
        # then: 127.0.0.2 is refused, so the server is not bound to all addresses
        assert probe.connect_ex(("127.0.0.2", port)) != 0


def requests_on_one_connection(aws: Any) -> int:
    """How many of three requests one connection answers, before the server closes it."""
    address = urlsplit(aws.endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.connect()
    first_socket = connection.sock
    answered = 0
    for body in ("one", "", "three"):
        connection.request("POST", "/moto-api/reset-auth", body=body and "inf")
        connection.getresponse().read()
        if connection.sock is not first_socket:
            break
        answered += 1
    connection.close()
    return answered


def test_a_connection_stays_open(embedded: Any, stock: Any) -> None:
    assert requests_on_one_connection(embedded) == 3
    assert requests_on_one_connection(stock) < 3


def test_the_access_log_says_who_called_what_and_how_it_ended(embedded: Any) -> None:
    with pytest.raises(ClientError):
        embedded.client("sqs").get_queue_url(QueueName="not-there")
    lines = [json.loads(line) for line in embedded.log.read_text().splitlines()]
    found = [line for line in lines if line.get("action") == "GetQueueUrl" and line["status"] == 400]
    assert found[-1]["service"] == "sqs"
    assert found[-1]["access_key"] == "test"


def status_of_a_missing_operation(aws: Any) -> int:
    with pytest.raises(ClientError) as error:
        aws.client("logs").list_log_anomaly_detectors()
    return int(error.value.response["ResponseMetadata"]["HTTPStatusCode"])


def test_an_operation_that_moto_lacks_fails_at_once_instead_of_being_retried(
    embedded: Any, stock: Any
) -> None:
    assert status_of_a_missing_operation(embedded) == 501
    assert status_of_a_missing_operation(stock) == 500


def test_a_log_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    log = tmp_path / "missing" / "access.log"
    command = [sys.executable, "-m", "embedded_aws", "--port", "0", "--log", str(log)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 2
    assert result.stderr.splitlines() == [f"The log {log} cannot be written (No such file or directory)."]
