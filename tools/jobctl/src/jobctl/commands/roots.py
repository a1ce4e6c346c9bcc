"""`jobctl plan`, `apply` and `update`: Terraform in one root, on an account or on the local stack."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from deployment.errors import BadInput, ToolError
from deployment.release import Release
from deployment.repository import find_repository
from deployment.roots import (
    SHARED,
    find_account,
    find_release,
    find_root,
    find_state_bucket,
    initialise,
    terraform_variables,
)

from jobctl.commands.typed_name import ask_for_name

PROD = "prod"


def _root_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--image-digests",
            envvar="IMAGE_DIGESTS",
            help="Images to deploy, as JSON: service and digest.  [default: those that are deployed]",
        ),
        click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]"),
        click.argument("root"),
    ):
        command = option(command)
    return command


@click.command()
@_root_options
def plan(root: str, profile: str | None, image_digests: str | None) -> None:
    """Plan ROOT: shared, dev, staging or prod. Writes nothing, so read-only credentials will do."""
    _become_terraform(root, profile, image_digests, "plan", "-input=false", "-lock=false")


@click.command()
@_root_options
def apply(root: str, profile: str | None, image_digests: str | None) -> None:
    """Apply ROOT: shared, dev, staging or prod. Terraform shows the plan and asks."""
    _become_terraform(root, profile, image_digests, "apply")


@click.command()
@_root_options
def update(root: str, profile: str | None, image_digests: str | None) -> None:
    """Deploy the commit that is checked out to ROOT, from here; the pipeline is the usual way."""
    repository = find_repository()
    if find_root(root, repository).name == SHARED:
        raise BadInput("ENV is 'shared', which runs no images; `make apply ENV=shared` applies it.")
    if not image_digests:
        raise BadInput("IMAGE_DIGESTS is not set; `make update ENV=...` looks up the images of the commit.")
    commit = _clean_commit(repository)
    click.echo(
        f"This deploys commit {commit[:12]} to {root} from here: nobody has reviewed the plan, nothing waits "
        "for the services, nothing tries them out. A merge to main does all of that.",
        err=True,
    )
    if root == PROD:
        ask_for_name(root, "Nothing was deployed")
    _become_terraform(root, profile, image_digests, "apply")


def _clean_commit(repository: Path) -> str:
    """The commit that is checked out; raises ToolError when files differ from it."""
    changed = _git(repository, "status", "--porcelain")
    if changed:
        first = changed.splitlines()[0][3:]
        raise ToolError(
            f"{first} differs from the commit, and a commit is what is deployed; commit or stash it first."
        )
    return _git(repository, "rev-parse", "HEAD")


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.rstrip()


def _become_terraform(name: str, profile: str | None, given: str | None, *arguments: str) -> None:
    """Ends as Terraform itself: its questions, its signals and its exit code are then its own.

    No plan is saved on the way: such a file would hold secrets in clear text.
    """
    root = find_root(name, find_repository())
    target = find_account(root, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    bucket = find_state_bucket(root, target, profile)
    release = find_release(root, target, bucket, given)
    terraform = initialise(root, target, bucket, terraform_variables(target, profile))
    command = [str(terraform.setup.binary), f"-chdir={root.folder}", *arguments, *_images(release)]
    environment = terraform.setup.environment(terraform.data_folder, terraform.environment)
    # What keeps Terraform from asking elsewhere; here it is to ask before it applies.
    del environment["TF_INPUT"]
    os.execve(command[0], command, environment)  # noqa: S606


def _images(release: Release | None) -> list[str]:
    if release is None:
        return []
    short = [f"{service} {digest[:19]}" for service, digest in (release.digests or {}).items()]
    click.echo(f"Images: {release.why}{': ' if short else ''}{', '.join(short)}", err=True)
    return ["-var", f"image_digests={json.dumps(release.digests)}"] if release.digests else []
