"""A clone of the repository whose environment dev is a small root, on an embedded AWS of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clone_parts import share_terraform
from deployment.bootstrap import ensure_state_bucket, state_bucket_name
from deployment.product import product
from deployment.target import local_target
from deployment.terraform import prepare_terraform
from deployment.variables import client_variables, process_environment, terraform_variables, write_env_file
from documented_steps import REPOSITORY, steps

ACCOUNT = "123456789012"
BUCKET = state_bucket_name(ACCOUNT)
STATE, LOCK = "dev/terraform.tfstate", "dev/terraform.tfstate.tflock"
# A section plans and applies several times; a machine that does much else takes five times as long.
STEP_SECONDS = 900
# What a clone has of its own; everything else is a link to the repository.
OWN = {"infra", ".local", ".git", ".venv"}


@dataclass
class SmallClone:
    """A folder to run documented commands in, and the account that they talk to."""

    folder: Path
    endpoint: str

    @property
    def s3(self) -> Any:
        """For looking, and for doing harm."""
        return local_target(self.endpoint).client("s3")

    def follow(self, *sections: tuple[str, str], change: Callable[[str], str] = str) -> str:
        """Runs the commands of sections (page, heading) in one shell; all must succeed. What they print."""
        script = "\n".join(block for section in sections for block in steps(*section))
        done = self.shell(change(script))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs a script in the clone's folder, as somebody who has sourced `stack.env`."""
        sourced = f"set -euo pipefail\nsource {self.folder / '.local/stack.env'}\n{script}"
        done = subprocess.run(
            ["bash", "-c", sourced],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        done.stdout, done.stderr = _plain(done.stdout), _plain(done.stderr)
        return done

    def apply(self, image_digests: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """`make apply ENV=dev`, answered with yes."""
        images = f"export IMAGE_DIGESTS='{json.dumps(image_digests)}'\n" if image_digests else ""
        return self.shell(f"{images}echo yes | make apply ENV=dev")

    def apply_as(self, credentials: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Terraform by hand, with keys of one's own; on an embedded AWS, `make apply` always is its root."""
        named = "".join(f"export {name}={value}\n" for name, value in credentials.items())
        terraform = "terraform -chdir=infra/envs/dev"
        return self.shell(f"{named}{terraform} init\n{terraform} apply -auto-approve")

    def plan(self) -> subprocess.CompletedProcess[str]:
        """`make plan ENV=dev`."""
        return self.shell("make plan ENV=dev")

    @contextmanager
    def log_group_added(self, name: str) -> Iterator[None]:
        """Changes the configuration inside of the block, as a commit would."""
        main = self.folder / "infra/envs/dev/main.tf"
        before = main.read_text()
        main.write_text(before.replace('["main-job", ', f'["{name}", "main-job", '))
        yield
        main.write_text(before)

    def log_groups(self) -> set[str]:
        """What is in the account."""
        groups = local_target(self.endpoint).client("logs").describe_log_groups()["logGroups"]
        return {group["logGroupName"].rpartition("/")[2] for group in groups}

    @contextmanager
    def run_that_holds_the_lock(self) -> Iterator[subprocess.Popen[str]]:
        """An apply that waits for its answer, and holds the lock meanwhile; killed at the end."""
        script = f"source {self.folder / '.local/stack.env'}\nexec .venv/bin/jobctl apply dev"
        run = subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            self._wait_for_the_lock()
            yield run
        finally:
            # Its providers, too: they outlive a Terraform that was killed.
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.wait(20)

    def _wait_for_the_lock(self) -> None:
        deadline = time.monotonic() + STEP_SECONDS
        while "Contents" not in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=LOCK):
            assert time.monotonic() < deadline, "no lock was taken"
            time.sleep(0.2)

    def _environment(self) -> dict[str, str]:
        binary = prepare_terraform(REPOSITORY, print).binary
        base = process_environment(os.environ, None)
        return base | {"PATH": f"{binary.parent}{os.pathsep}{base['PATH']}"}


@contextmanager
def small_clone(folder: Path, *options: str) -> Iterator[SmallClone]:
    """A clone that is applied; `options` go to the embedded AWS, e.g. `--enforce-iam`."""
    lay_out(folder)
    with in_account(folder, *options) as clone:
        applied = clone.apply()
        assert applied.returncode == 0, applied.stdout + applied.stderr
        yield clone


@contextmanager
def in_account(folder: Path, *options: str) -> Iterator[SmallClone]:
    """A clone that is laid out, with an embedded AWS of its own that has the bucket for states."""
    setup = prepare_terraform(REPOSITORY, print)
    with embedded_aws(*options) as endpoint:
        clone = SmallClone(folder, endpoint)
        ensure_state_bucket(clone.s3, ACCOUNT, product().aws_region)
        variables = client_variables(endpoint) | terraform_variables(setup.cli_configuration, ACCOUNT)
        write_env_file(folder / ".local/stack.env", variables)
        yield clone


@contextmanager
def embedded_aws(*options: str) -> Iterator[str]:
    """The endpoint of an embedded AWS of its own."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield str(json.loads(server.stdout.readline())["endpoint"])
        finally:
            server.terminate()
            server.wait(20)


def lay_out(folder: Path, *, whole: bool = False) -> None:
    """A clone with the small root as its environment dev, or with the `whole` of the repository's roots."""
    _link(REPOSITORY, folder, OWN)
    if whole:
        shutil.copytree(REPOSITORY / "infra", folder / "infra", ignore=shutil.ignore_patterns(".terraform"))
    else:
        # Bootstrapping an account asks where `shared` is.
        (folder / "infra/envs/shared").mkdir(parents=True)
        shutil.copy(REPOSITORY / "infra/envs/shared/backend.tf", folder / "infra/envs/shared")
        shutil.copy(REPOSITORY / "infra/envs/product.json", folder / "infra/envs")
        lay_out_small_root(folder / "infra/envs/dev")
    lay_out_tools(folder)


def lay_out_small_root(dev: Path) -> None:
    """The small root, with what makes it a root."""
    dev.mkdir()
    for name in ("backend.tf", "product.tf", "providers.tf", "versions.tf", ".terraform.lock.hcl"):
        shutil.copy(REPOSITORY / "infra/envs/dev" / name, dev)
    shutil.copy(REPOSITORY / "tests/disaster/small_root/main.tf", dev)


def lay_out_tools(folder: Path) -> None:
    """The repository's environment of Python, and what may have been downloaded."""
    # With a stamp of its own: with an old one, make would install packages from here into the repository's.
    _link(REPOSITORY / ".venv", folder / ".venv", {".installed"})
    (folder / ".venv/.installed").touch()
    share_terraform(folder)


def _link(source: Path, target: Path, left_out: set[str]) -> None:
    target.mkdir()
    for entry in source.iterdir():
        if entry.name not in left_out:
            (target / entry.name).symlink_to(entry)


def _plain(printed: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", printed)
