"""A fork's clone, with what the commands need, on an embedded AWS where its account is another than ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from clone_parts import lay_out_parts
from deployment.product import PLACE, Product, write_product
from deployment.target import local_target
from deployment.variables import process_environment

ACCOUNT = "111122223333"
STEP_SECONDS = 400


class ForkClone:
    """`run` is what an administrator of the account types in the clone."""

    def __init__(self, folder: Path, endpoint: str, fork: Product) -> None:
        self.folder = folder
        self._region = fork.aws_region
        self._endpoint = endpoint
        lay_out_parts(folder, "infra")
        write_product(folder / PLACE, fork)
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)

    @property
    def env(self) -> dict[str, str]:
        """An administrator's credentials in the account."""
        role = f"arn:aws:iam::{ACCOUNT}:role/administrator"
        sts = local_target(self._endpoint).client("sts")
        keys = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return process_environment(os.environ, self._endpoint) | {
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is under way, in a process group of its own, as a shell starts it."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said."""
        process = self.start(*arguments)
        try:
            said, _ = process.communicate(timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, said
