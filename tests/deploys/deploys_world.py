"""A repository in small and an account for it: commits are made, reviewed and deployed as in real ones."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from deployment.bootstrap import state_bucket_name
from deployment.private_folder import private_folder
from deployment.product import product
from deployment.roots import find_account, find_root
from deployment.variables import process_environment
from pipeline.release import Image, Release
from pipeline.review import Record, make_plan, record_of

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
STATES = state_bucket_name("123456789012")
PIPELINE = [sys.executable, "-m", "pipeline"]
TIMEOUT_SECONDS = 300
# Of the real roots.
_TAKEN = {
    "dev": ("product.tf", "versions.tf", ".terraform.lock.hcl", "backend.tf"),
    "staging": ("backend.tf",),
}
Done = subprocess.CompletedProcess[str]


@dataclass
class World:
    """`folder` is a git repository with the roots `dev` and `staging`; `endpoint` an embedded AWS."""

    folder: Path
    endpoint: str
    values: dict[str, dict[str, Any]] = field(default_factory=lambda: {"dev": {}, "staging": {}})

    def make(self) -> "World":
        """The first commit, and the bucket for the states."""
        (self.folder / "tools/jobctl").mkdir(parents=True)
        (self.folder / "tools/jobctl/pyproject.toml").touch()
        for root in self.values:
            shutil.copytree(HERE / "small_roots" / root, self.folder / "infra/envs" / root)
            for name in _TAKEN[root]:
                shutil.copy(REPOSITORY / "infra/envs" / root / name, self.folder / "infra/envs" / root)
        shutil.copy(REPOSITORY / "infra/envs/product.json", self.folder / "infra/envs")
        (self.folder / ".gitignore").write_text(".local\n")
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "author")
        self.git("config", "user.email", "author@example.com")
        self.client("s3").create_bucket(Bucket=STATES)
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.commit("first", subnet_id=subnet)
        return self

    def client(self, service: str) -> Any:
        """A client of the account's root."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=product().aws_region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def git(self, *arguments: str) -> str:
        """Runs git in the repository."""
        return git(self.folder, *arguments)

    def commit(self, message: str, root: str = "dev", **values: Any) -> str:
        """Changes values of a root's variables, and commits; the commit's hash."""
        self.values[root] |= values
        for name, content in self.values.items():
            file = self.folder / "infra/envs" / name / "values.auto.tfvars.json"
            file.write_text(json.dumps(content, indent=1, sort_keys=True))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def release(self, digest: str = "a") -> Path:
        """The release of what is checked out, with published images."""
        commit, tree = self.git("rev-parse", "HEAD"), self.git("rev-parse", "HEAD^{tree}")
        image = Image(f"content-{digest * 64}", f"sha256:{digest * 64}")
        file = self.folder / ".local" / f"release-{commit}.json"
        file.parent.mkdir(exist_ok=True)
        Release(commit, tree, {"main_job": image, "background_job": image}).write(file)
        return file

    def review(self, root: str, endpoint: str | None = None, digest: str = "a") -> Path:
        """The record of what is checked out, as a pull request's job makes it."""
        release = Release.read(self.release(digest))
        file = self.folder / ".local" / f"reviewed-{root}-{release.commit}.json"
        record_of_plan(self.folder, root, release, self.environment(endpoint)).write(file)
        return file

    def environment(self, endpoint: str | None = None, **more: str) -> dict[str, str]:
        """What a process needs that talks to the account."""
        # Go collects garbage later: that is a third of the processor's time of short runs.
        own = {"GOGC": "400", "TMPDIR": str(self.temporary)}
        return process_environment(os.environ, endpoint or self.endpoint) | own | more

    @property
    def temporary(self) -> Path:
        """Where commands put what they take away again."""
        folder = self.folder / ".local/tmp"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def command(self, root: str, reviewed: Path | None, *options: str, digest: str = "a") -> list[str]:
        """`pipeline apply` of what is checked out."""
        record = ["--reviewed", str(reviewed)] if reviewed else []
        release = ["--release", str(self.release(digest))]
        return [*PIPELINE, "apply", root, *record, *release, *options]

    def apply(
        self,
        root: str,
        reviewed: Path | None,
        *options: str,
        endpoint: str | None = None,
        digest: str = "a",
        env: Mapping[str, str] = {},
    ) -> Done:
        """Runs it."""
        command = self.command(root, reviewed, *options, digest=digest)
        return run_in(self.folder, command[len(PIPELINE) :], self.environment(endpoint) | dict(env))

    def pipeline(self, *arguments: str) -> Done:
        """Any other command of the pipeline's."""
        return run_in(self.folder, list(arguments), self.environment())

    def deployed(self, root: str) -> dict[str, Any]:
        """What is written down about a root."""
        body = self.client("s3").get_object(Bucket=STATES, Key=f"{root}/release.json")["Body"].read()
        content: dict[str, Any] = json.loads(body)
        return content

    def state(self, root: str) -> dict[str, Any]:
        """The state of a root."""
        body = self.client("s3").get_object(Bucket=STATES, Key=f"{root}/terraform.tfstate")["Body"].read()
        content: dict[str, Any] = json.loads(body)
        return content

    def thresholds(self) -> dict[str, float]:
        """Those of staging, by what it has made."""
        [alarms] = [each for each in self.state("staging")["resources"] if each["name"] == "alarm"]
        return {
            each["index_key"]: each["attributes"]["output"]["value"]
            for each in alarms["instances"]
            if each.get("status") != "tainted"
        }


def git(folder: Path, *arguments: str) -> str:
    """Runs git; what it prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def run_in(folder: Path, arguments: list[str], env: Mapping[str, str]) -> Done:
    """Runs `pipeline` in a repository."""
    return subprocess.run(
        [*PIPELINE, *arguments],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def record_of_plan(repository: Path, root: str, release: Release, env: Mapping[str, str]) -> Record:
    """The record of what is checked out, as a pull request's job makes it."""
    with chdir(repository), private_folder() as folder, _environment(env):
        place = find_root(root, repository)
        _, document = make_plan(place, find_account(place, None, env), release, folder)
    return record_of(document, root, release)


class _environment:
    """`os.environ` for a block."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env, self._before = env, dict(os.environ)

    def __enter__(self) -> None:
        os.environ.clear()
        os.environ.update(self._env)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._before)
