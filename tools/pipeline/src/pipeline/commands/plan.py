"""`pipeline plan ROOT --out DIR`."""

import os
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.private_folder import private_folder
from deployment.repository import find_repository
from deployment.roots import deploys_images, find_account, find_root
from deployment.target import Target

from pipeline.github.runner import add_summary, set_output
from pipeline.release import Release, content_release, look_up
from pipeline.review.planning import plan_root
from pipeline.review.reviewing import ReviewFiles
from pipeline.review.sections import headline

_BROKEN_POLICIES = 1


@click.command()
@click.argument("root")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option(
    "--release", "release_file", type=click.Path(path_type=Path), help="File of `pipeline release`."
)
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
@click.option("--no-policies", is_flag=True, help="Do not judge the plan by the policies.")
def plan(root: str, out: Path, release_file: Path | None, profile: str | None, no_policies: bool) -> int:
    """Plan ROOT (shared, dev, staging or prod) for review; nothing is written but the files in DIR.

    summary.md is for people, comment.md the same in the size of a comment, record.json for `compare`,
    plan.json the whole plan without sensitive values. Exit code 1 when a policy does not hold.
    """
    repository = find_repository()
    place = find_root(root, repository)
    release = Release.read(release_file) if release_file else content_release(repository, "HEAD")
    files = ReviewFiles(out)
    files.make()
    target = find_account(place, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    if release_file is None and deploys_images(place):
        release = _looked_up(release, target)
    with private_folder() as folder:
        digests = {service: image.planned_digest for service, image in release.images.items()}
        planned = plan_root(place, target, digests, folder, profile=profile)
        review = files.write(planned, root, release, repository, with_policies=not no_policies)
    set_output("tree", release.tree)
    add_summary((out / "summary.md").read_text())
    click.echo(headline(review).removeprefix("## "))
    return 0 if no_policies or (review.policies and review.policies.hold) else _BROKEN_POLICIES


def _looked_up(release: Release, target: Target) -> Release:
    with one_sentence(target.name):
        return look_up(release, target.client("ecr"))
