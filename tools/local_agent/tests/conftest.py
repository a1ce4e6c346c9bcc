"""One embedded AWS for all tests; each test has a cluster and an agent of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_stack import Aws, Stack, start_server


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The embedded AWS."""
    process, aws = start_server(tmp_path_factory.mktemp("aws"))
    yield aws
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def shared(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A cluster and an agent for all tests that only need a service."""
    stack = Stack(aws, tmp_path_factory.mktemp("agent"))
    stack.create_cluster()
    stack.start_agent()
    yield stack
    stack.close()


@pytest.fixture
def stack(shared: Stack) -> Iterator[Stack]:
    """A service's names on the shared cluster; the service itself is the test's to create."""
    stack = shared.beside()
    yield stack
    stack.remove_service()


@pytest.fixture
def alone(aws: Aws, tmp_path: Path) -> Iterator[Stack]:
    """A cluster with an agent that the test may stop and kill."""
    stack = Stack(aws, tmp_path)
    stack.create_cluster()
    stack.start_agent()
    yield stack
    stack.close()


@pytest.fixture
def agentless(aws: Aws, tmp_path: Path) -> Iterator[Stack]:
    """The same before the cluster exists and the agent runs."""
    stack = Stack(aws, tmp_path)
    yield stack
    stack.close()


@pytest.fixture(autouse=True, scope="session")
def no_proxies() -> None:
    """Requests to this machine go straight."""
    os.environ["NO_PROXY"] = "127.0.0.1"
