"""The first plan of each root, on the embedded AWS: made once for a whole run, whoever asks first."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deployment.product import Product, write_product
from deployment.terraform import prepare_terraform
from deployment.variables import process_environment

REPOSITORY = Path(__file__).resolve().parents[2]
ENVS = REPOSITORY / "infra/envs"
ENVIRONMENTS = ("dev", "staging", "prod")
ROOTS = ("shared", *ENVIRONMENTS)
EXAMPLES = tuple(sorted(path.parents[1].name for path in REPOSITORY.glob("examples/*/infra/backend.tf")))
# Where a root is, below the repository or a copy of it.
PLACES = {root: Path("infra/envs") / root for root in ROOTS} | {
    example: Path("examples") / example / "infra" for example in EXAMPLES
}
# `init` may have to download the provider once.
TIMEOUT_SECONDS = 240
Plan = dict[str, Any]


class FirstPlans(Mapping[str, Plan]):
    """Root → its plan on an account that holds nothing, as `terraform show -json` gives it; of examples, too.

    `folder` is shared by all processes of a run, so that each root is planned once. A test must not change a
    plan that it got. `path` is the same as a file, for tools that read one. `fork`: what product.json is to
    say; `keys`: whose credentials to use.
    """

    def __init__(self, folder: Path, endpoint: str, fork: Product | None = None, **keys: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._fork = fork
        self._keys = keys
        self._read: dict[str, Plan] = {}

    def __getitem__(self, root: str) -> Plan:
        if root not in PLACES:
            raise KeyError(root)
        if root not in self._read:
            self._read[root] = json.loads(self.path(root).read_text())
        return self._read[root]

    def __iter__(self) -> Iterator[str]:
        return iter(ROOTS)

    def __len__(self) -> int:
        return len(ROOTS)

    def path(self, root: str) -> Path:
        """The plan's JSON file; planned now if nobody has yet."""
        file = self._folder / f"{root}.json"
        with self._alone():
            if not file.exists():
                draft = file.with_suffix(".draft")
                draft.write_text(self._plan(root))
                draft.replace(file)
        return file

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, over all processes; two plans at once would need 1.3 GB of memory."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _plan(self, root: str) -> str:
        copy = self._folder / f"code-of-{root}"
        for part in ("infra", "examples"):
            unwanted = shutil.ignore_patterns(".terraform")
            shutil.copytree(REPOSITORY / part, copy / part, ignore=unwanted, dirs_exist_ok=True)
        if self._fork is not None:
            write_product(copy / "infra/envs/product.json", self._fork)
        (copy / PLACES[root] / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
        self._terraform(copy, root, "init", "-lockfile=readonly", "-input=false", "-no-color")
        self._terraform(copy, root, "plan", "-out=first.tfplan", "-input=false", "-no-color")
        return self._terraform(copy, root, "show", "-json", "first.tfplan")

    def _terraform(self, copy: Path, root: str, *arguments: str) -> str:
        setup = prepare_terraform(REPOSITORY, print)
        env = process_environment(os.environ, self._endpoint) | self._keys
        done = subprocess.run(
            [str(setup.binary), f"-chdir={copy / PLACES[root]}", *arguments],
            env=setup.environment(self._folder / "data" / root, env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"terraform {arguments[0]} of {root}:\n{done.stderr}"
        return done.stdout


def planned(plan: Plan, kind: str) -> list[dict[str, Any]]:
    """What a plan says of each resource of a type, e.g. `planned(plan, "aws_nat_gateway")`."""
    return [
        change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["mode"] == "managed" and change["change"]["after"]
    ]
