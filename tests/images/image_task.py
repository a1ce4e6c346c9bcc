"""Containers as the planned task definitions want them, in a network that has nothing but loopback."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image_engines import Engines

RELAY = Path(__file__).with_name("relay.py")
# Where the containers find the embedded AWS, in their own network.
ENDPOINT = "http://127.0.0.1:4566"
# Instead of the task role's: what ECS itself adds is not there.
ADDED = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}
HARDENED = ("--security-opt=no-new-privileges", "--pull=never")
POLL_SECONDS = 0.1
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """How a command in a container ended."""

    exit_code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Container:
    """One that was started."""

    engines: Engines
    name: str
    definition: Mapping[str, Any]

    def run(self, *command: str) -> Ran:
        """Runs a command inside, as the health check is run."""
        done = subprocess.run(
            ["podman", "exec", self.name, *command],
            env=self.engines.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def python(self, script: str) -> Any:
        """The JSON that a Python script writes inside."""
        ran = self.run("python", "-c", script)
        assert ran.exit_code == 0, ran.errors
        return json.loads(ran.output)

    def terminate(self) -> None:
        """SIGTERM to its first process, as ECS does."""
        self.engines.run("podman", "kill", "--signal=TERM", self.name)

    def exit_code(self) -> int:
        """Waits for its end, for as long as ECS would; after that it is killed and the code is 137."""
        deadline = time.monotonic() + self.definition["stopTimeout"]
        while self._state()["Running"]:
            if time.monotonic() > deadline:
                self.engines.run("podman", "kill", "--signal=KILL", self.name)
            time.sleep(POLL_SECONDS)
        return int(self._state()["ExitCode"])

    def said(self, message: str) -> list[dict[str, Any]]:
        """Its lines, each an object, that say so."""
        lines = self.engines.run("podman", "logs", self.name).splitlines()
        return [line for line in map(json.loads, lines) if line.get("message") == message]

    def _state(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.engines.run("podman", "inspect", self.name))
        return dict(found[0]["State"])


class Network:
    """A network with loopback alone, in which port 4566 leads to the embedded AWS."""

    def __init__(self, engines: Engines, image: str, folder: Path) -> None:
        self._engines, self._image, self._folder = engines, image, folder
        self.name = f"network-{folder.name}"
        self._names: list[str] = []

    def start(self, endpoint: str) -> subprocess.Popen[str]:
        """Both relays; gives the one on this machine."""
        relays = self._folder / "relays"
        relays.mkdir()
        shutil.copy(RELAY, relays)
        relays.chmod(0o755)
        (relays / RELAY.name).chmod(0o644)
        outside = subprocess.Popen(
            [sys.executable, str(RELAY), f"unix:{relays}/aws", f"tcp:{endpoint.removeprefix('http://')}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert outside.stdout is not None
        assert outside.stdout.readline() == "ready\n"
        command = [f"/relays/{RELAY.name}", f"tcp:{ENDPOINT.removeprefix('http://')}", "unix:/relays/aws"]
        options = [f"--volume={relays}:/relays:ro", "--entrypoint=python", "--read-only", "--cap-drop=ALL"]
        self._run(self.name, "--network=none", *options, *HARDENED, self._image, *command)
        return outside

    def run(self, image: str, definition: Mapping[str, Any]) -> Container:
        """Starts a task definition's container."""
        name = f"{definition['name']}-{self._folder.name}"
        options = [f"--network=container:{self.name}", *HARDENED, *container_options(definition)]
        self._run(name, *options, image)
        return Container(self._engines, name, definition)

    def _run(self, name: str, *arguments: str) -> None:
        self._names.append(name)
        self._engines.run("podman", "run", "--detach", f"--name={name}", *arguments)

    def end(self) -> None:
        """Kills and removes what is left of it."""
        for name in reversed(self._names):
            self._engines.run("podman", "rm", "--force", "--volumes", "--ignore", "--time=0", name)


@contextmanager
def loopback_network(engines: Engines, image: str, folder: Path, endpoint: str) -> Iterator[Network]:
    """`image` has the Python that relays; `endpoint` is the embedded AWS on this machine."""
    network = Network(engines, image, folder)
    outside = None
    try:
        outside = network.start(endpoint)
        yield network
    finally:
        network.end()
        if outside is not None:
            outside.terminate()
            outside.wait(TIMEOUT_SECONDS)


def container_options(definition: Mapping[str, Any]) -> list[str]:
    """podman's options for what a container definition says of running it."""
    environment = {each["name"]: each["value"] for each in definition["environment"]} | ADDED
    options = [f"--env={name}={value}" for name, value in environment.items()]
    options += [f"--user={definition['user']}"]
    options += [f"--cap-drop={name}" for name in definition["linuxParameters"]["capabilities"]["drop"]]
    if definition["readonlyRootFilesystem"]:
        # Without the places that podman would let it write to, which ECS does not.
        options += ["--read-only", "--read-only-tmpfs=false"]
    # A new volume takes owner and mode from the image, as on Fargate.
    options += [f"--volume={mount['containerPath']}" for mount in definition["mountPoints"]]
    return options
