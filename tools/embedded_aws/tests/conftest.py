"""Two servers for all tests of this package: the embedded AWS, and stock moto to show each defect on."""

import functools
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

# A short switch interval makes the races of unlocked code likely instead of rare.
HASTY = "import sys; sys.setswitchinterval(1e-5);"
EMBEDDED = f"{HASTY} from embedded_aws.__main__ import main; main()"
STOCK = f"{HASTY} from moto.server import main; main(['-p', sys.argv[1]])"


@dataclass(frozen=True)
class Aws:
    """A running server."""

    endpoint: str
    log: Path | None = None

    @functools.cache  # noqa: B019  (a few clients for the whole run; making one takes 20 ms)
    def client(self, service: str, **credentials: str) -> Any:
        """A client that does not retry; `credentials` as boto3.client takes them."""
        keys = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
            **keys,
        )

    def queue(self, suffix: str = "", **attributes: Any) -> str:
        """The URL of a new queue."""
        name = f"q-{uuid.uuid4().hex}{suffix}"
        given = {key: str(value) for key, value in attributes.items()}
        url: str = self.client("sqs").create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        return url


def start_embedded(log: Path, *options: str) -> tuple["subprocess.Popen[str]", Aws]:
    """Start what `python -m embedded_aws` is on a free port and wait until it accepts connections."""
    command = [sys.executable, "-c", EMBEDDED, "--port", "0", "--log", str(log), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Aws(json.loads(process.stdout.readline())["endpoint"], log)


def stop(process: "subprocess.Popen[str]") -> int:
    """SIGTERM, and the exit code."""
    process.terminate()
    return process.wait(timeout=60)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The embedded AWS."""
    process, aws = start_embedded(tmp_path_factory.mktemp("aws") / "access.log")
    yield aws
    stop(process)


@pytest.fixture(scope="session")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The embedded AWS with --enforce-iam."""
    process, aws = start_embedded(tmp_path_factory.mktemp("iam") / "access.log", "--enforce-iam")
    yield aws
    stop(process)


@pytest.fixture(scope="module")
def start_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Aws]]:
    """Call it with options for an embedded AWS that lives as long as the file's tests."""
    running = []

    def start(*options: str) -> Aws:
        process, aws = start_embedded(tmp_path_factory.mktemp("aws") / "access.log", *options)
        running.append(process)
        return aws

    yield start
    for process in running:
        assert stop(process) == 0


@pytest.fixture(scope="session")
def stock() -> Iterator[Aws]:
    """moto's own server, unchanged."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", STOCK, str(port)], stderr=subprocess.DEVNULL, text=True)
    wait_for_port(port)
    yield Aws(f"http://127.0.0.1:{port}")
    stop(process)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int) -> None:
    """Return when something listens; fail after 20 seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")
