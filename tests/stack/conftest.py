"""What the tests of the whole stack share."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deployment.stack_paths import StackPaths
from deployment.target import local_target
from deployment.variables import process_environment

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO_TIMEOUT_SECONDS = 240
Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the demo's tests before the first that needs the shared stack: both then start together."""
    demo = [item for item in items if "demo_run" in _fixtures_of(item)]
    rest = [item for item in items if "demo_run" not in _fixtures_of(item)]
    first = next((place for place, item in enumerate(rest) if "stack" in _fixtures_of(item)), len(rest))
    items[:] = rest[:first] + demo + rest[first:]


def _fixtures_of(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", []))


@dataclass(frozen=True)
class DemoRun:
    """A demo that has ended."""

    paths: StackPaths
    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """The state folder for a stack of a test's own."""
    return tmp_path / "own stack"


@pytest.fixture
def plain_env() -> dict[str, str]:
    """An environment that knows no stack and no account."""
    return process_environment(os.environ, None)


@pytest.fixture
def jobctl_json(stack: Any) -> Callable[..., Json]:
    """Runs `jobctl ... --json` against the stack and reads what it prints."""

    def run(*arguments: str) -> Json:
        done = stack.jobctl(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        answer: Json = json.loads(done.stdout)
        return answer

    return run


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[DemoRun]:
    """One demo, begun before the shared stack is: they run beside each other, which saves a minute."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    command = [sys.executable, "-m", "jobctl", "demo", "--state-dir", str(folder)]
    demo = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=process_environment(os.environ, None),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        request.getfixturevalue("stack")
        stdout, stderr = demo.communicate(timeout=DEMO_TIMEOUT_SECONDS)
        yield DemoRun(StackPaths(REPOSITORY, folder), demo.returncode, stdout, stderr)
    finally:
        if demo.poll() is None:
            # The demo's own handler stops all that it started.
            demo.terminate()
            demo.communicate(timeout=DEMO_TIMEOUT_SECONDS)


@pytest.fixture
def aws(stack: Any) -> Callable[..., Any]:
    """`aws("ecs", "update-service", desired_count=3)`: by the AWS CLI where there is one, else by boto3."""
    if shutil.which("aws") is None:
        return _boto3_call(stack)

    # As a person does it; the file also defines `aws`, for the CLI's version 1 overlooks AWS_ENDPOINT_URL.
    sourced = ["bash", "-c", 'source "$0" && aws "$@"', str(stack.paths.env_file)]

    def run(service: str, command: str, /, **options: Any) -> Any:
        words = [*sourced, service, command, "--output", "json"]
        for name, value in options.items():
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words += [str(item) for item in (value if isinstance(value, list) else [value])]
        env = process_environment(os.environ, None)
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")

    return run


def _boto3_call(stack: Any) -> Callable[..., Any]:
    def run(service: str, command: str, /, **options: Any) -> Any:
        client = local_target(stack.endpoint).client(service)
        operation = command.replace("-", "_")
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        # Services differ in how they begin a name: QueueUrl, desiredCount.
        spelling = {member.lower(): member for member in shape.input_shape.members}
        arguments = {spelling[name.replace("_", "")]: value for name, value in options.items()}
        return getattr(client, operation)(**arguments)

    return run
