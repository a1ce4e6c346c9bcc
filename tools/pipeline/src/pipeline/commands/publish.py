"""`pipeline publish`."""

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import SHARED, find_account, find_root

from pipeline.github.runner import set_output
from pipeline.release import look_up, repository_name
from pipeline.release.building import Built, build_missing, refuse_changes
from pipeline.release.content import release_of
from pipeline.release.git import find_commit
from pipeline.release.publishing import push_missing


@click.command()
@click.option("--release-out", type=click.Path(path_type=Path), help="Write the release to this file.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep what is built here, and use what is.")
@click.option("--build-only", is_flag=True, help="Push nothing; a later call with the same --out does.")
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def publish(release_out: Path | None, out: Path | None, build_only: bool, profile: str | None) -> None:
    """Build and push those of HEAD's images that the registry lacks.

    With --out, each is DIR/<service>.tar, and unpacked in DIR/<service>, for scanners.
    """
    if build_only and (release_out or not out):
        raise BadInput("--build-only needs --out, and no --release-out: what is not pushed is not released.")
    repository = find_repository()
    head = find_commit(repository, "HEAD")
    refuse_changes(head)
    target = find_account(find_root(SHARED, repository), profile, os.environ)
    with one_sentence(target.name), ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ecr = target.client("ecr")
        release = look_up(release_of(head), ecr)
        built = build_missing(head, release, folder)
        _tell("built", built)
        if not build_only:
            release, pushed = push_missing(release, built, folder, ecr)
            _tell("pushed", {service: built[service] for service in pushed})
    for service, image in release.images.items():
        state = "built as" if build_only and service in built else "in the registry as"
        click.echo(f"{service}: {image.tag[:20]} {state} {image.digest or built[service].digest}")
    if release_out:
        release.write(release_out)


def _tell(output: str, built: dict[str, Built]) -> None:
    """For the jobs that attest images: a JSON list of service, name and digest.

    The name is without the registry, in which the account is: GitHub hands on no output with what is masked.
    """
    images = [
        {"service": service, "name": repository_name(service), "digest": image.digest}
        for service, image in built.items()
    ]
    set_output(output, json.dumps(images))
