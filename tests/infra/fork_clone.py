"""A fork's clone, with what the commands need, on an embedded AWS where its account is another than ours."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from deployment.product import PLACE, Product, write_product
from deployment.repository import local_folder
from deployment.target import local_target
from deployment.terraform import prepare_terraform
from deployment.variables import process_environment

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
STEP_SECONDS = 400


class ForkClone:
    """`run` is what an administrator of the account types in the clone."""

    def __init__(self, folder: Path, endpoint: str, fork: Product) -> None:
        self.folder = folder
        self._region = fork.aws_region
        self._endpoint = endpoint
        prepare_terraform(REPOSITORY, print)
        shutil.copytree(REPOSITORY / "infra", folder / "infra", ignore=shutil.ignore_patterns(".terraform"))
        (folder / "tools/jobctl").mkdir(parents=True)
        shutil.copy(REPOSITORY / "tools/jobctl/pyproject.toml", folder / "tools/jobctl")
        # What may have been downloaded is used again.
        (folder / ".local/terraform").mkdir(parents=True)
        for kept in ("bin", "terraform/plugin-cache"):
            (folder / ".local" / kept).symlink_to(local_folder(REPOSITORY) / kept)
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
