"""`pipeline release`."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.errors import ToolError
from deployment.repository import find_repository
from deployment.roots import SHARED, find_account, find_root
from rich.console import Console
from rich.table import Table

from pipeline.release import PushedImage, Release, content_release, pushed_images, with_digests

_COLUMNS = 110


@click.command()
@click.option("--commit", default="HEAD", show_default=True, help="The commit: a hash, a branch, a tag.")
@click.option("--json", "as_json", is_flag=True, help="Print what --out writes.")
@click.option(
    "--digests", "digests_wanted", is_flag=True, help="Print the digests alone, as IMAGE_DIGESTS takes them."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the release to this file.")
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def release(
    *, commit: str, as_json: bool, digests_wanted: bool, out: Path | None, profile: str | None
) -> None:
    """Print the images that a commit stands for, and which of them the registry has."""
    repository = find_repository()
    found = content_release(repository, commit)
    target = find_account(find_root(SHARED, repository), profile, os.environ)
    with one_sentence(target.name):
        pushed = pushed_images(found, target.client("ecr"))
    found = with_digests(found, pushed)
    if out:
        found.write(out)
    if digests_wanted:
        click.echo(_digests(found))
    elif as_json:
        click.echo(found.text(), nl=False)
    else:
        _print(found, pushed, target.name)


def _digests(found: Release) -> str:
    missing = [service for service, image in found.images.items() if not image.digest]
    if missing:
        raise ToolError(
            f"The registry has no image of {' and '.join(missing)} for commit {found.commit[:12]}; "
            "a merge to main publishes it, and so does `pipeline publish`."
        )
    return json.dumps({service: image.digest for service, image in found.images.items()})


def _print(found: Release, pushed: Mapping[str, PushedImage], registry: str) -> None:
    click.echo(f"Commit {found.commit[:12]}, in {registry}:")
    table = Table("service", "content tag", "image", "digest", "pushed", box=None, pad_edge=False)
    for service, image in found.images.items():
        there = pushed.get(service)
        digest = there.digest[:19] if there else "-"
        when = f"{there.pushed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if there else "-"
        table.add_row(service, image.tag[:20], "in the registry" if there else "missing", digest, when)
    # Logs and files have no width of their own, and rich would take 80 columns.
    Console(width=None if sys.stdout.isatty() else _COLUMNS).print(table)
