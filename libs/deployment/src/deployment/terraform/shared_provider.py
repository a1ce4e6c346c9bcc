"""One process of the AWS provider for many Terraform commands.

Terraform starts its provider anew for each step of a test, and most of what a step costs is that: with one
process for all, a module's tests take a fifth of the time. It is the way that providers are debugged:
https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode. It takes its
environment from its own start and one configuration at a time: it suits commands that need no account.
"""

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deployment.errors import ToolError

_BINARIES = "providers/registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws_*"
_ADDRESS = re.compile(r"TF_REATTACH_PROVIDERS='(.*)'")
_START_TIMEOUT_SECONDS = 60.0
_STOP_TIMEOUT_SECONDS = 10.0


@contextmanager
def shared_provider(data_folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variable with which Terraform uses the running provider; it ends with the block.

    `data_folder` is that of a root or module after `terraform init`; `environment` is what the provider sees.
    Raises ToolError when there is no provider or it does not start.
    """
    binary = next(iter(sorted(data_folder.glob(_BINARIES))), None)
    if binary is None:
        raise ToolError(f"{data_folder} holds no AWS provider; run terraform init first.")
    with subprocess.Popen(
        [str(binary), "-debug"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield {"TF_REATTACH_PROVIDERS": _address(process, binary)}
        finally:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[str], binary: Path) -> str:
    too_late = threading.Timer(_START_TIMEOUT_SECONDS, process.kill)
    too_late.start()
    try:
        for line in process.stdout or ():
            if found := _ADDRESS.search(line):
                return found.group(1)
    finally:
        too_late.cancel()
    raise ToolError(f"{binary.name} did not start; is it the provider for this machine?")
