"""One small world for all tests of this folder; the service in it is run by the local agent."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploys_world import HERE, World

STOP_TIMEOUT_SECONDS = 20


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A repository and an account of its own, with nothing deployed yet."""
    with subprocess.Popen(
        [sys.executable, "-m", "embedded_aws", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            endpoint = str(json.loads(server.stdout.readline())["endpoint"])
            yield World(tmp_path_factory.mktemp("small world") / "clone", endpoint).make()
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT_SECONDS)


@pytest.fixture(scope="session")
def agent(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs the tasks of dev's service."""
    folder = tmp_path_factory.mktemp("agent")
    images = folder / "images.json"
    images.write_text(json.dumps({"small-worker": str(HERE / "small_service")}))
    command = [sys.executable, "-m", "local_agent", "--cluster", "small", "--images", str(images)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--state-dir", str(folder / "state")],
            env=world.environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_SECONDS)


@pytest.fixture(scope="session")
def dev(world: World, agent: None) -> World:
    """The same with dev deployed, by its first review."""
    world.commit("dev, for the first time")
    done = world.apply("dev", world.review("dev"))
    assert done.returncode == 0, done.stderr
    return world


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The page of a workflow's run."""
    return tmp_path / "summary.md"
