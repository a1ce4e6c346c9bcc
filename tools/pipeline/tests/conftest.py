"""A GitHub on loopback, jobs that talk to it, and an ECR with the two repositories."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deployment.release import SERVICES
from deployment.target import local_target
from deployment.variables import process_environment
from github_api import GitHubApi, github_api
from github_job import Job
from pipeline.__main__ import main
from pipeline.release import repository_name

PutImage = Callable[[str, str], str]
RunPipeline = Callable[..., subprocess.CompletedProcess[str]]
REPOSITORY = Path(__file__).resolve().parents[3]


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


@pytest.fixture(scope="module")
def ecr_endpoint() -> Iterator[str]:
    """An embedded AWS of the file's own: the names of repositories are fixed."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["endpoint"]
        server.terminate()


@pytest.fixture
def ecr(ecr_endpoint: str) -> Iterator[Any]:
    """A client, where both repositories exist, empty."""
    client = local_target(ecr_endpoint).client("ecr")
    for service in SERVICES:
        client.create_repository(repositoryName=repository_name(service), imageTagMutability="IMMUTABLE")
    yield client
    for service in SERVICES:
        client.delete_repository(repositoryName=repository_name(service), force=True)


@pytest.fixture
def put_image(ecr: Any) -> PutImage:
    """Puts an image of a service there, by its tag; gives the digest."""

    def put(service: str, tag: str) -> str:
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"digest": f"sha256:{'c' * 64}", "size": 1},
            "layers": [{"digest": f"sha256:{'d' * 64}", "size": 1}],
        }
        answer = ecr.put_image(
            repositoryName=repository_name(service), imageManifest=json.dumps(manifest), imageTag=tag
        )
        return str(answer["image"]["imageId"]["imageDigest"])

    return put


@pytest.fixture
def run_pipeline(
    ecr_endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RunPipeline:
    """Runs `pipeline ARGUMENTS` as somebody does who sourced the local stack; in this process, for speed."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = process_environment(os.environ, ecr_endpoint) | variables
        with monkeypatch.context() as patch:
            for name in set(os.environ) - set(environment):
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.chdir(REPOSITORY)
            with pytest.raises(SystemExit) as ended:
                main([*arguments])
        output, errors = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return subprocess.CompletedProcess(arguments, ended.value.code, output, errors)

    return run
