"""`pipeline plan ROOT --out DIR`."""

import json
import os
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from deployment.private_folder import private_folder
from deployment.repository import find_repository
from deployment.roots import deploys_images, find_account, find_root

from pipeline.github.runner import set_output
from pipeline.release import Release, content_release, look_up
from pipeline.review import make_plan, record_of
from pipeline.review.redaction import redacted


@click.command()
@click.argument("root")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option(
    "--release", "release_file", type=click.Path(path_type=Path), help="File of `pipeline release`."
)
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def plan(root: str, out: Path, release_file: Path | None, profile: str | None) -> None:
    """Plan ROOT (shared, dev, staging or prod) for review; nothing is written but the files in DIR.

    plan.json: the plan without sensitive values. record.json: what `pipeline compare` compares with.
    """
    repository = find_repository()
    place = find_root(root, repository)
    given = Release.read(release_file) if release_file else content_release(repository, "HEAD")
    target = find_account(place, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    if release_file is None and deploys_images(place):
        with one_sentence(target.name):
            given = look_up(given, target.client("ecr"))
    with private_folder() as folder:
        _, document = make_plan(place, target, given, folder, profile=profile)
    _make_folder(out)
    set_output("tree", given.tree)
    record_of(document, root, given).write(out / "record.json")
    (out / "plan.json").write_text(json.dumps(redacted(document)))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made: {error.strerror}.") from None
