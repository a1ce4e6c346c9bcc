"""Starts the two daemons of a stack: the embedded AWS and the agent."""

import json
import os
import socket
import sys
import time

from deployment.errors import ToolError
from deployment.stack_paths import StackPaths
from deployment.variables import process_environment

from jobctl.stack.layout import Layout
from jobctl.stack.processes import ProcessRecord, is_running, reap, spawn

EMBEDDED_AWS = "embedded-aws"
AGENT = "local-agent"
# Two cores that are busy with something else may need long to import an emulator of all of AWS.
START_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.05


def check_port(port: int) -> None:
    """Raises ToolError when the port is taken or none that a user may have; 0 means a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ToolError(
                f"Port {port} on 127.0.0.1 cannot be used ({reason.lower()}); "
                "choose another one, or give none and a free one is taken."
            ) from None


def start_embedded_aws(paths: StackPaths, port: int, enforce_iam: bool) -> ProcessRecord:
    """Starts it; `wait_for_endpoint` tells when it answers."""
    command = [sys.executable, "-m", "embedded_aws", "--port", str(port)]
    command += ["--log", str(paths.log("embedded-aws-access"))]
    command += ["--enforce-iam"] if enforce_iam else []
    return spawn(
        EMBEDDED_AWS,
        command,
        environment=process_environment(os.environ, None),
        stdout=paths.announcement,
        stderr=paths.log(EMBEDDED_AWS),
        folder=paths.folder,
    )


def wait_for_endpoint(paths: StackPaths, process: ProcessRecord) -> str:
    """The endpoint that the embedded AWS announces. Raises ToolError when it ends or stays silent."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        line, complete, _ = paths.announcement.read_text().partition("\n")
        if complete:
            return str(json.loads(line)["endpoint"])
        reap(process.pid)
        if not is_running(process):
            raise ToolError(f"The embedded AWS did not start; its log is {paths.log(EMBEDDED_AWS)}")
        time.sleep(_POLL_SECONDS)
    raise ToolError(
        f"The embedded AWS did not answer within {START_TIMEOUT_SECONDS:.0f} s; "
        f"its log is {paths.log(EMBEDDED_AWS)}"
    )


def start_agent(paths: StackPaths, endpoint: str, layout: Layout) -> ProcessRecord:
    """Starts the agent; the cluster need not exist yet."""
    paths.agent_folder.mkdir(parents=True, exist_ok=True)
    images = paths.folder / "images.json"
    folders = {name: str(paths.repository / folder) for name, folder in layout.images.items()}
    images.write_text(json.dumps(folders))
    command = [sys.executable, "-m", "local_agent", "--cluster", layout.cluster]
    command += ["--images", str(images), "--state-dir", str(paths.agent_folder)]
    return spawn(
        AGENT,
        command,
        environment=process_environment(os.environ, endpoint),
        stdout=paths.log(AGENT),
        stderr=paths.log(AGENT),
        folder=paths.repository,
    )
