"""`python -m embedded_aws.broken_aws`: the fault proxy as a process, broken as its `--fault` options say.

`slow=ACTIONS:SECONDS`, `refuse=ACTIONS:CODE:RATE` (ACTIONS as in file names: `*Batch`),
`no-heartbeat=SECONDS` (every extension of a visibility by so many seconds fails) and `no-idempotency`
(conditional updates hold, whatever their conditions say). So a service can be seen without what protects it,
and knows nothing of that.

Its endpoint is one line of JSON on stdout; it ends when its stdin does. `--log FILE` gets a line a call.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from embedded_aws.fault_proxy import (
    Behaviour,
    Fault,
    FaultProxy,
    Forward,
    Request,
    Response,
    refuse,
    refuse_entries,
    slow,
)


def sometimes(rate: float, behaviour: Behaviour, draw: Callable[[], float] = random.random) -> Behaviour:
    """The behaviour for a share of the calls; the rest pass."""

    def decide(request: Request, forward: Forward) -> Response | None:
        return behaviour(request, forward) if draw() < rate else forward(request)

    return decide


def unconditional(request: Request, forward: Forward) -> Response:
    """An UpdateItem whose condition holds, whatever it says; its values stay in use, as DynamoDB demands."""
    call = json.loads(request.body)
    if condition := call.get("ConditionExpression"):
        call["ConditionExpression"] = f"({condition}) OR attribute_not_exists(thereIsNoSuchAttribute)"
    body = json.dumps(call).encode()
    headers = {**request.headers, "Content-Length": str(len(body))}
    return forward(Request(request.action, request.method, request.path, headers, body))


def parse_fault(text: str) -> Fault:
    """The fault that an option asks for; raises ValueError with one sentence."""
    kind, _, details = text.partition("=")
    words = details.split(":")
    match kind, words:
        case "slow", [actions, seconds]:
            return Fault(actions, slow(_number(text, seconds)))
        case "refuse", [actions, code, rate]:
            return Fault(actions, sometimes(_number(text, rate), refuse(code)))
        case "no-heartbeat", [seconds]:
            beat = _number(text, seconds)
            return Fault(
                "ChangeMessageVisibilityBatch",
                refuse_entries(lambda entry: bool(entry.get("VisibilityTimeout") == beat)),
            )
        case "no-idempotency", [""]:
            return Fault("UpdateItem", unconditional)
    raise ValueError(
        f"{text!r} is no fault: slow=ACTIONS:SECONDS, refuse=ACTIONS:CODE:RATE, no-heartbeat=SECONDS or "
        "no-idempotency."
    )


class CallLog:
    """Writes down each call that was answered, and which jobs a receive has brought."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lock = threading.Lock()

    def write(self, request: Request, answer: Response | None) -> None:
        """One line."""
        line: dict[str, Any] = {"at": time.time(), "action": request.action}
        line["status"] = answer.status if answer else 0
        if request.action == "ReceiveMessage" and answer is not None:
            line["jobs"] = _jobs_in(answer)
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


class LoggingProxy(FaultProxy):
    """The fault proxy that writes its calls down."""

    def __init__(self, upstream: str, log: CallLog) -> None:
        super().__init__(upstream)
        self._log = log

    def answer(self, request: Request) -> Response | None:
        """As FaultProxy does."""
        given = super().answer(request)
        self._log.write(request, given)
        return given


def _jobs_in(answer: Response) -> list[str]:
    messages = json.loads(answer.body).get("Messages", []) if answer.status == 200 else []  # noqa: PLR2004
    return [_job_id(message["Body"]) for message in messages]


def _job_id(body: str) -> str:
    try:
        return str(json.loads(body)["jobId"])
    except (ValueError, KeyError, TypeError):
        return ""


def _number(text: str, digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        raise ValueError(f"{text!r} has {digits!r} where a number belongs.") from None


def main() -> None:
    """Runs until stdin ends."""
    parser = argparse.ArgumentParser(description="The embedded AWS, broken on purpose.")
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--fault", action="append", default=[])
    chosen = parser.parse_args()
    try:
        faults = [parse_fault(text) for text in chosen.fault]
    except ValueError as error:
        parser.error(str(error))
    with chosen.log.open("a") as file, LoggingProxy(chosen.upstream, CallLog(file)) as proxy:
        for fault in faults:
            proxy.add(fault)
        print(json.dumps({"endpoint": proxy.endpoint}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
