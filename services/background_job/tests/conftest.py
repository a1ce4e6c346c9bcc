"""Fixtures of background_job's tests."""

from collections.abc import Iterator

import boto3
import pytest
from embedded_aws.fault_proxy import FaultProxy
from job_world import JobWorld


@pytest.fixture
def jobs(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobWorld]:
    """A ledger, a bucket and log groups of this test's own; the service reaches them through a proxy."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with FaultProxy(aws_endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        world = JobWorld(proxy, aws_endpoint, boto3.Session(region_name="us-east-1"))
        yield world
        proxy.clear()
        world.close()


@pytest.fixture(scope="module")
def jobs_of_module(aws_endpoint: str, aws_session: boto3.Session) -> Iterator[JobWorld]:
    """One world for many short tests, each with a job of its own; nothing is broken on the way."""
    with FaultProxy(aws_endpoint) as proxy:
        yield JobWorld(proxy, aws_endpoint, aws_session)
