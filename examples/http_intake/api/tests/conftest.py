"""Fixtures of the intake's tests."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from intake_world import Api, IntakeWorld


@pytest.fixture
def world(aws_endpoint: str, aws_session: boto3.Session, tmp_path: Path) -> Iterator[IntakeWorld]:
    """A queue and a token of this test's own."""
    made = IntakeWorld(aws_endpoint, aws_session, tmp_path)
    with made.proxy:
        yield made
        made.close()


@pytest.fixture(scope="module")
def module_world(
    aws_endpoint: str, aws_session: boto3.Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IntakeWorld]:
    """One for many short tests, which break nothing."""
    made = IntakeWorld(aws_endpoint, aws_session, tmp_path_factory.mktemp("intake"))
    with made.proxy:
        yield made
        made.close()


@pytest.fixture(scope="module")
def api(module_world: IntakeWorld) -> Api:
    """A running API; a body may take a second to arrive."""
    return module_world.start(BODY_TIMEOUT_SECONDS=1)
