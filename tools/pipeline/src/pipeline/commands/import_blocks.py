"""`pipeline import-blocks ROOT`."""

import json
import os

import click
from deployment.aws_errors import one_sentence
from deployment.errors import ToolError
from deployment.private_folder import private_folder
from deployment.repository import find_repository
from deployment.roots import (
    find_account,
    find_release,
    find_root,
    find_state_bucket,
    initialise,
    terraform_variables,
)

from pipeline.recovery import import_blocks as blocks_for
from pipeline.recovery.lookups import Lookups

FILE = "imports.tf"


@click.command("import-blocks")
@click.argument("root")
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
@click.option("--image-digests", envvar="IMAGE_DIGESTS", help="Images that run, as JSON: service and digest.")
def import_blocks(root: str, profile: str | None, image_digests: str | None) -> None:
    """Write imports.tf into ROOT: for what a plan wants to create though it exists (docs/disaster.md)."""
    place = find_root(root, find_repository())
    file = place.folder / FILE
    if file.exists():
        raise ToolError(f"{file} is there already; apply it or delete it first.")
    target = find_account(place, profile, os.environ)
    bucket = find_state_bucket(place, target, profile)
    release = find_release(place, target, bucket, image_digests)
    images = ["-var", f"image_digests={json.dumps(release.digests)}"] if release and release.digests else []
    terraform = initialise(place, target, bucket, terraform_variables(target, profile))
    with private_folder() as folder:
        plan = terraform.plan(folder / "terraform.plan", *images)
    with one_sentence(target.name):
        made = blocks_for(plan, Lookups(target))
    file.write_text(made.text())
    click.echo(f"{len(made.ids)} import blocks in {file}")
    for address in made.unknown:
        click.echo(f"Not found, so the next plan creates it: {address}")
