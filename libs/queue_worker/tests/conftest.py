"""Fixtures of the runtime's tests."""

from collections.abc import Iterator

import boto3
import pytest
from embedded_aws.fault_proxy import FaultProxy
from queue_world import World


@pytest.fixture
def world(aws_endpoint: str, aws_session: boto3.Session) -> Iterator[World]:
    with FaultProxy(aws_endpoint) as proxy:
        made = World(proxy, aws_endpoint, aws_session)
        yield made
        proxy.clear()
        made.close()
