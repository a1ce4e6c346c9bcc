"""What the stand-ins of actions share: their inputs, and writing down what they were given."""

import json
import os
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NoReturn

Inputs = dict[str, str]


def given() -> Inputs:
    """The action's inputs, written down with the job that gave them."""
    inputs: Inputs = {
        name: str(value) for name, value in json.loads(os.environ["FLOW_INPUTS"]).items() if value
    }
    line = {
        "run": int(os.environ["GITHUB_RUN_ID"]),
        "attempt": int(os.environ["GITHUB_RUN_ATTEMPT"]),
        "job": os.environ["FLOW_JOB"],
        "environment": os.environ["FLOW_ENVIRONMENT"],
        "token": os.environ["FLOW_TOKEN"],
        "action": os.environ["FLOW_ACTION"],
        "inputs": inputs,
    }
    # One write a line: jobs run side by side.
    with Path(os.environ["FLOW_RECORDS"]).open("ab", buffering=0) as records:
        records.write(json.dumps(line).encode() + b"\n")
    return inputs


def fail(sentence: str) -> NoReturn:
    """Ends the step, as the action would, with a sentence."""
    print(f"::error::{os.environ['FLOW_ACTION']}: {sentence}", flush=True)
    sys.exit(1)


def ask_github(path: str, body: bytes | None = None, **query: str) -> bytes:
    """What the stand-in of GitHub answers; raises urllib's HTTPError."""
    address = f"{os.environ['GITHUB_API_URL']}/_flow/{path}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(address, data=body, method="GET" if body is None else "POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def append(variable: str, **values: str) -> None:
    """Adds to one of the files that a step hands to GitHub, such as GITHUB_ENV."""
    with Path(os.environ[variable]).open("a", encoding="utf-8") as target:
        target.writelines(f"{name}={value}\n" for name, value in values.items())
