"""For tests across packages: the local stack, brought up by `jobctl up` itself, and the plan of each root."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from deployment.stack_paths import StackPaths
from deployment.target import local_target
from deployment.terraform import prepare_terraform
from deployment.variables import process_environment, read_env_file
from first_plans import FirstPlans
from jobctl.stack.state import load

REPOSITORY = Path(__file__).resolve().parents[1]
UP_TIMEOUT_SECONDS = 240
DOWN_TIMEOUT_SECONDS = 180


@dataclass
class Stack:
    """A running stack. `env` is a whole environment for processes that talk to it."""

    paths: StackPaths

    @cached_property
    def env(self) -> dict[str, str]:
        """Nothing of this machine's own AWS settings, everything of `stack.env`."""
        return process_environment(os.environ, None) | read_env_file(self.paths.env_file)

    @property
    def env_file(self) -> Path:
        """The file that a person sources."""
        return self.paths.env_file

    @property
    def endpoint(self) -> str:
        """The embedded AWS."""
        return self.env["AWS_ENDPOINT_URL"]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The Terraform outputs of the root dev."""
        return dict(local_target(self.endpoint).outputs.values)

    def terraform(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform in an applied root, e.g. `terraform("dev", "plan")`; no `init` is needed."""
        setup = prepare_terraform(REPOSITORY, print)
        return subprocess.run(
            [str(setup.binary), f"-chdir={REPOSITORY / 'infra/envs' / root}", *arguments],
            env=setup.environment(self.paths.terraform_data(root), self.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=UP_TIMEOUT_SECONDS,
            check=False,
        )

    def jobctl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs `jobctl` against this stack."""
        return run_jobctl(*arguments, env=self.env, stdin=stdin)


def run_jobctl(
    *arguments: str, env: dict[str, str], stdin: str = "", timeout_seconds: float = UP_TIMEOUT_SECONDS
) -> subprocess.CompletedProcess[str]:
    """`jobctl ARGUMENTS`, as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "jobctl", *arguments],
        cwd=REPOSITORY,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the whole run, where the task roles' policies are enforced.

    STACK_DIR (its state folder) takes one that runs already; start it with ENFORCE_IAM=1.
    """
    if reused := os.environ.get("STACK_DIR"):
        paths = StackPaths(REPOSITORY, Path(reused).resolve())
        state = load(paths.state_file)
        assert state is not None, f"STACK_DIR={reused} holds no stack; start one with `make up`"
        assert state.ready, f"The stack in STACK_DIR={reused} is not ready"
        assert state.enforce_iam, (
            f"The stack in STACK_DIR={reused} does not enforce IAM; start it with `make up ENFORCE_IAM=1`"
        )
        yield Stack(paths)
        return
    # With a space, as in many people's home folders.
    folder = tmp_path_factory.mktemp("local stack") / "stack"
    env = process_environment(os.environ, None)
    try:
        done = run_jobctl("up", "--detach", "--enforce-iam", "--state-dir", str(folder), env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        yield Stack(StackPaths(REPOSITORY, folder))
    finally:
        down = run_jobctl("down", "--state-dir", str(folder), env=env, timeout_seconds=DOWN_TIMEOUT_SECONDS)
        assert down.returncode == 0, down.stderr


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str) -> FirstPlans:
    """`plans["dev"]`: the first plan of a root as JSON; `plans.path("dev")`: its file. Made once a run."""
    folder = tmp_path_factory.getbasetemp()
    # A process of several has a folder of its own inside the run's.
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return FirstPlans(shared / "first-plans", aws_endpoint)
