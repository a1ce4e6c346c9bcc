"""Fixtures of main_job's tests: the trigger queue, the background queue and their wire."""

from collections.abc import Iterator

import boto3
import pytest
from embedded_aws.fault_proxy import FaultProxy
from queue_world import World


@pytest.fixture
def queues(aws_endpoint: str, aws_session: boto3.Session) -> Iterator[World]:
    """`queue_url` holds the triggers, `next_queue_url` the jobs; the worker's calls pass `proxy`."""
    with FaultProxy(aws_endpoint) as proxy:
        world = World(proxy, aws_endpoint, aws_session)
        yield world
        proxy.clear()
        world.close()
