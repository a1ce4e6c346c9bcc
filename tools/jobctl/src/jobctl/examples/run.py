"""Brings an example up: a local stack of its own, from the example's Terraform root."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress

import requests
from deployment.bootstrap import state_bucket_name
from deployment.errors import ToolError
from deployment.outputs import read_outputs
from deployment.stack_paths import StackPaths
from deployment.target import Target, local_target

from jobctl.examples.running import Example, Running
from jobctl.stack.reporter import Reporter
from jobctl.stack.state import StackState
from jobctl.stack.up import bring_up

ANSWER_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.25


def run_example(
    example: Example, paths: StackPaths, reporter: Reporter, *, port: int = 0, enforce_iam: bool = False
) -> list[str]:
    """Until its services answer; returns what to do next. Raises ToolError."""
    state = bring_up(
        paths,
        reporter,
        port=port,
        enforce_iam=enforce_iam,
        layout=example.layout,
        prepare=example.prepare,
    )
    addresses = _addresses(paths)
    for address in addresses.values():
        _wait_for_answer(address)
    target = local_target(state.endpoint)
    return example.usage(Running(target, addresses, _outputs(example, state, target)))


def _addresses(paths: StackPaths) -> dict[str, str]:
    """What the agent has written down: where each service answers."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        written: dict[str, str] = json.loads((paths.agent_folder / "agent.json").read_text())["addresses"]
        if written:
            return written
        time.sleep(_POLL_SECONDS)
    raise ToolError(
        f"No service of the example has an address; the agent's log is {paths.log('local-agent')}"
    )


def _wait_for_answer(address: str) -> None:
    deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{address}/health", timeout=ANSWER_TIMEOUT_SECONDS).ok:
                return
        time.sleep(_POLL_SECONDS)
    raise ToolError(f"{address}/health does not answer with 200.")


def _outputs(example: Example, state: StackState, target: Target) -> Mapping[str, str]:
    bucket = state_bucket_name(state.account_id)
    return read_outputs(target.client("s3"), bucket, example.layout.main_root, key=example.state_key).values
