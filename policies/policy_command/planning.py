"""Plans roots on an embedded AWS that holds nothing, from a copy of the code."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from policy_command.errors import BadInput

# Folders with roots in them, and the modules that these use.
_PARTS_WITH_ROOTS = ("infra", "examples")
_NOT_CODE = shutil.ignore_patterns(".terraform", "*.tfstate*")
_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
_SECRET_MODULE = re.compile(r'^module "(\w+)" \{\n\s*source\s*= "[./\w]*/secret"$', re.MULTILINE)
_STOP_SECONDS = 20
# A plan takes 4 s on a quiet machine; `init` may have to download the provider once (700 MB).
_TIMEOUT_SECONDS = 600
# A plan needs about 650 MB.
_PLANS_AT_ONCE = 2


def plan_roots(repository: Path, roots: Mapping[str, Path], folder: Path) -> list[Path]:
    """The plans of the roots (name → folder below the repository) as JSON files in `folder`.

    Raises BadInput when one does not plan.
    """
    copy = folder / "code"
    for part in _PARTS_WITH_ROOTS:
        if (repository / part).is_dir():
            shutil.copytree(repository / part, copy / part, ignore=_NOT_CODE)
    for place in roots.values():
        (copy / place / "backend_override.tf").write_text(_LOCAL_STATE)
        # One after another: the provider's cache is not made for two.
        _terraform(copy, place, "init", "-lockfile=readonly", "-input=false", "-no-color")
    with _embedded_aws() as endpoint, ThreadPoolExecutor(_PLANS_AT_ONCE) as pool:
        return list(
            pool.map(
                lambda root: _plan(copy, root[1], endpoint, folder / f"{root[0]}.json"), list(roots.items())
            )
        )


def _plan(copy: Path, place: Path, endpoint: str, target: Path) -> Path:
    if secrets := _secrets(copy / place):
        _terraform(
            copy, place, "apply", "-auto-approve", "-input=false", "-no-color", *secrets, endpoint=endpoint
        )
    _terraform(copy, place, "plan", "-out=policies.tfplan", "-input=false", "-no-color", endpoint=endpoint)
    target.write_text(_terraform(copy, place, "show", "-json", "policies.tfplan"))
    return target


def _secrets(root: Path) -> list[str]:
    """What makes Terraform apply a root's secrets alone; nothing where it has none.

    Secrets Manager draws the end of their ARNs, so a container that names one is known to no plan before.
    """
    texts = [file.read_text() for file in sorted(root.glob("*.tf"))]
    return [f"-target=module.{name}" for text in texts for name in _SECRET_MODULE.findall(text)]


def _terraform(copy: Path, place: Path, *arguments: str, endpoint: str = "") -> str:
    # Nothing of this machine's account: without the embedded AWS there is nothing to reach.
    ours = {
        key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_CLI_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "deployment.terraform", "--", f"-chdir={copy / place}", *arguments],
        cwd=Path(__file__).resolve().parents[2],
        env={
            **ours,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": endpoint or "http://127.0.0.1:9",
            "TF_DATA_DIR": str(copy.parent / "terraform-data" / place),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BadInput(f"terraform {arguments[0]} of {place} failed: {' '.join(done.stderr.split())}")
    return done.stdout


@contextmanager
def _embedded_aws() -> Iterator[str]:
    """The address of an embedded AWS that lives as long as the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "embedded_aws", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            first_line = server.stdout.readline() if server.stdout else ""
            if not first_line:
                raise BadInput("the embedded AWS did not start; run: python -m embedded_aws --port 0")
            yield str(json.loads(first_line)["endpoint"])
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(_STOP_SECONDS)
