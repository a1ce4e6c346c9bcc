"""`pipeline verify`."""

import os
import re
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput, ToolError
from deployment.repository import find_repository
from deployment.roots import SHARED, find_account, find_root

from pipeline.release import Release, look_up
from pipeline.release.provenance import verify_attestations
from pipeline.release.publishing import log_in

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@click.command()
@click.option("--release", "file", type=click.Path(path_type=Path), required=True, help="File of publish.")
@click.option("--repository", envvar="GITHUB_REPOSITORY", help="OWNER/NAME.  [default: GITHUB_REPOSITORY]")
@click.option(
    "--attestations",
    type=click.Choice(["on", "off"]),
    default="on",
    envvar="ATTESTATIONS",
    help="off: see only that the registry has the images.  [default: ATTESTATIONS, else on]",
)
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def verify(file: Path, repository: str | None, attestations: str, profile: str | None) -> None:
    """Fail unless the registry has the release's images, and main's workflow has built them."""
    release = Release.read(file)
    if release.missing:
        raise BadInput(
            f"{file} has no digest of {', '.join(release.missing)}; `pipeline publish` makes one that has."
        )
    if attestations == "on" and not _REPOSITORY.fullmatch(repository or ""):
        raise BadInput(f"--repository is {repository or 'missing'}; it must be OWNER/NAME, as on GitHub.")
    target = find_account(find_root(SHARED, find_repository()), profile, os.environ)
    with one_sentence(target.name):
        ecr = target.client("ecr")
        _compare(release, look_up(release, ecr))
        registry = log_in(ecr) if attestations == "on" else None
    if registry and repository:
        verify_attestations(release, registry, repository)
        click.echo(f"Built by {repository} on main, as attested: {_names(release)}")
    else:
        click.echo(
            f"In the registry: {_names(release)}. Nobody attests who built them: attestations are off."
        )


def _compare(release: Release, registry: Release) -> None:
    for service, image in release.images.items():
        found = registry.images[service].digest
        if found != image.digest:
            there = found or "nothing"
            raise ToolError(
                f"{service}: the release names {image.digest}, the registry has {there} as {image.tag}."
            )


def _names(release: Release) -> str:
    return ", ".join(f"{service} {image.digest}" for service, image in release.images.items())
