"""`python -m local_agent.end --state-dir DIR`: end the agent of a state folder and all its tasks.

For when nobody is left to do it in order: it also ends tasks whose agent was killed.
"""

import argparse
import os
import signal
import time
from pathlib import Path
from typing import Any

from local_agent.process import Identity, TaskProcess
from local_agent.state import read_state

# Beyond the stop timeout of its tasks the agent needs time for their last log lines and reports.
AGENT_EXTRA_SECONDS = 25.0
POLL_SECONDS = 0.05


def end_everything(state_dir: Path) -> int:
    """End the agent, then what it left; returns how many containers had to be ended here."""
    state = read_state(state_dir)
    if not state:
        return 0
    longest_seconds = max((c["stopTimeoutSeconds"] for c in _containers_of(state)), default=0)
    _end_agent(Identity(state["agent"]["pid"], state["agent"]["startTime"]), longest_seconds)
    left = [
        (process, container["stopTimeoutSeconds"])
        for container in _containers_of(read_state(state_dir))
        if not (process := TaskProcess(Identity(container["pid"], container["startTime"]))).has_ended()
    ]
    for process, _ in left:
        process.terminate()
    began = time.monotonic()
    for process, stop_seconds in left:
        while not process.has_ended() and time.monotonic() - began < stop_seconds:
            time.sleep(POLL_SECONDS)
        process.kill_group()
    return len(left)


def _containers_of(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for task in state["tasks"] for c in task["containers"] if c["pid"] is not None]


def _end_agent(agent: Identity, stop_timeout_seconds: float) -> None:
    deadline = time.monotonic() + stop_timeout_seconds + AGENT_EXTRA_SECONDS
    if agent.is_alive():
        os.kill(agent.pid, signal.SIGTERM)
    while agent.is_alive() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if agent.is_alive():
        os.kill(agent.pid, signal.SIGKILL)


def main() -> None:
    """End everything and exit 0."""
    parser = argparse.ArgumentParser(
        prog="python -m local_agent.end", description="End an agent and its tasks."
    )
    parser.add_argument("--state-dir", required=True, type=Path, help="the agent's --state-dir")
    end_everything(parser.parse_args().state_dir)


if __name__ == "__main__":
    main()
