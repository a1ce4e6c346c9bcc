"""What surrounds the API in its tests: a queue, a token in SSM, a proxy that breaks calls, real processes."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import requests
from embedded_aws.fault_proxy import FaultProxy, Request, Response

# Bounds for a machine that stalls for seconds; nothing waits so long where all is well.
GENEROUS_SECONDS = 240
TOKEN = "canary-token-4711"
TIME = "2025-06-09T10:30:45.123Z"
PAYLOAD = {"token": TOKEN, "email_timestream": TIME}
REGION = "us-east-1"
INHERITED = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV")


def wait_until(condition: Callable[[], Any], seconds: float = GENEROUS_SECONDS) -> None:
    """Waits for a condition; fails the test when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


class Api:
    """`python -m http_intake`, running. `output` holds its stdout and stderr."""

    def __init__(self, env: dict[str, str], output: Path) -> None:
        self.output = output
        with output.open("wb") as file:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "http_intake"],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.url = ""

    def wait_for_start(self) -> None:
        """Until it says on which port it listens."""
        wait_until(lambda: self._popen.poll() is not None or self._address())
        assert self._popen.poll() is None, self.output.read_text()
        self.url = self._address()

    def post(
        self, payload: Any = None, *, timeout: float = GENEROUS_SECONDS, **more: Any
    ) -> requests.Response:
        """`POST /submit` with a payload, by default a right one, or with other arguments of requests."""
        content = more if more else {"json": PAYLOAD if payload is None else payload}
        return requests.post(f"{self.url}/submit", timeout=timeout, **content)

    def get(self, path: str) -> requests.Response:
        """`GET path`."""
        return requests.get(f"{self.url}{path}", timeout=GENEROUS_SECONDS)

    def lines(self, message: str) -> list[dict[str, Any]]:
        """The log lines with that message."""
        lines = [json.loads(line) for line in self.output.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("message") == message]

    def terminate(self) -> None:
        """SIGTERM, as ECS sends it."""
        self._popen.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Waits for the end."""
        return self._popen.wait(GENEROUS_SECONDS)

    def end(self) -> None:
        """Whatever state it is in."""
        self._popen.kill()
        self._popen.wait(GENEROUS_SECONDS)

    def _address(self) -> str:
        found = re.search(r"Uvicorn running on (http://127\.0\.0\.1:\d+)", self.output.read_text())
        return found[1] if found else ""


class IntakeWorld:
    """One test's queue and token; the API reaches them through `proxy`, the test does so directly."""

    _numbers = itertools.count()

    def __init__(self, endpoint: str, session: boto3.Session, folder: Path) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._apis: list[Api] = []
        self._guard = threading.Lock()
        self.bodies: list[bytes] = []
        self.proxy = FaultProxy(endpoint, seen=self._saw)
        name = f"intake-{os.getpid()}-{next(self._numbers)}"
        self.sqs = session.client("sqs", endpoint_url=endpoint)
        self.ssm = session.client("ssm", endpoint_url=endpoint)
        self.token_parameter = f"/{name}/token"
        self.queue_url = self.sqs.create_queue(
            QueueName=name, Attributes={"MaximumMessageSize": "262144", "VisibilityTimeout": "600"}
        )["QueueUrl"]
        self.set_token(TOKEN)

    def set_token(self, token: str) -> None:
        """A new value of the parameter."""
        self.ssm.put_parameter(Name=self.token_parameter, Value=token, Type="SecureString", Overwrite=True)

    def start(self, **settings: object) -> Api:
        """A running API."""
        api = Api(self.environment(**settings), self._folder / f"api-{len(self._apis)}.log")
        self._apis.append(api)
        api.wait_for_start()
        return api

    def environment(self, **settings: object) -> dict[str, str]:
        """What the process gets, and nothing else."""
        env: dict[str, object] = {
            "AWS_ENDPOINT_URL": self.proxy.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PYTHONUNBUFFERED": "1",
            "NEXT_QUEUE_URL": self.queue_url,
            "AUTH_PARAMETER": self.token_parameter,
            "HOST": "127.0.0.1",
            "PORT": 0,
        }
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return inherited | {name: str(value) for name, value in (env | settings).items()}

    def triggers(self) -> list[dict[str, Any]]:
        """Takes all messages off the queue."""
        return [json.loads(body) for body in self.trigger_bodies()]

    def trigger_bodies(self) -> list[str]:
        """The same, as they are."""
        bodies: list[str] = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            bodies += [message["Body"] for message in batch]
        return bodies

    def output(self) -> str:
        """All that the processes have written."""
        return "".join(api.output.read_text() for api in self._apis)

    def close(self) -> None:
        """Ends what runs."""
        self.proxy.clear()
        for api in self._apis:
            api.end()
        self.sqs.delete_queue(QueueUrl=self.queue_url)

    def _saw(self, request: Request, _: Response) -> None:
        with self._guard:
            self.bodies.append(request.body)
