"""A GitHub on loopback, and jobs that talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from github_api import GitHubApi, github_api
from github_job import Job


@pytest.fixture
def github() -> Iterator[GitHubApi]:
    """A repository with nothing in it."""
    with github_api() as api:
        yield api


@pytest.fixture
def job(tmp_path: Path, github: GitHubApi) -> Job:
    """A job of that repository."""
    folder = tmp_path / "job"
    folder.mkdir()
    return Job(folder, github)
