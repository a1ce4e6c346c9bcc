"""Plans roots on an embedded AWS that holds nothing, from a copy of the code."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from policy_command.errors import BadInput

_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
_STOP_SECONDS = 20
# A plan takes 4 s on a quiet machine; `init` may have to download the provider once (700 MB).
_TIMEOUT_SECONDS = 600
# A plan needs about 650 MB.
_PLANS_AT_ONCE = 2


def plan_roots(repository: Path, roots: Iterable[str], folder: Path) -> list[Path]:
    """The plans of the roots as JSON files in `folder`. Raises BadInput when one does not plan."""
    names = list(roots)
    copy = folder / "infra"
    shutil.copytree(repository / "infra", copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    for name in names:
        (copy / "envs" / name / "backend_override.tf").write_text(_LOCAL_STATE)
        # One after another: the provider's cache is not made for two.
        _terraform(copy, name, "init", "-lockfile=readonly", "-input=false", "-no-color")
    with _embedded_aws() as endpoint, ThreadPoolExecutor(_PLANS_AT_ONCE) as pool:
        return list(pool.map(lambda name: _plan(copy, name, endpoint, folder / f"{name}.json"), names))


def _plan(copy: Path, name: str, endpoint: str, target: Path) -> Path:
    _terraform(copy, name, "plan", "-out=policies.tfplan", "-input=false", "-no-color", endpoint=endpoint)
    target.write_text(_terraform(copy, name, "show", "-json", "policies.tfplan"))
    return target


def _terraform(copy: Path, name: str, *arguments: str, endpoint: str = "") -> str:
    # Nothing of this machine's account: without the embedded AWS there is nothing to reach.
    ours = {
        key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_CLI_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "deployment.terraform", "--", f"-chdir={copy / 'envs' / name}", *arguments],
        cwd=Path(__file__).resolve().parents[2],
        env={
            **ours,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": endpoint or "http://127.0.0.1:9",
            "TF_DATA_DIR": str(copy.parent / f"terraform-data-{name}"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BadInput(
            f"terraform {arguments[0]} of infra/envs/{name} failed: {' '.join(done.stderr.split())}"
        )
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
