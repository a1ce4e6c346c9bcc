"""`pipeline apply ROOT --reviewed RECORD --release FILE`."""

import os
from pathlib import Path
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import Interrupted, ToolError
from deployment.repository import find_repository
from deployment.roots import deploys_images, find_account, find_root, find_state_bucket
from job_contract import DEFAULT_JOB_TYPE

from pipeline.apply import Limits, NotReviewed, Order, deploy
from pipeline.github.runner import add_summary
from pipeline.release import Release, content_release, look_up
from pipeline.review import Record


@click.command()
@click.argument("root")
@click.option(
    "--reviewed", type=click.Path(path_type=Path), help="The record of what was reviewed.  [default: none]"
)
@click.option(
    "--release", "release_file", type=click.Path(path_type=Path), help="File of `pipeline publish`."
)
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
@click.option(
    "--lock-seconds", type=click.IntRange(min=0), default=300, show_default=True, help="Wait for the lock."
)
@click.option(
    "--steady-seconds", type=click.IntRange(min=1), default=1200, show_default=True, help="Wait for ECS."
)
@click.option(
    "--smoke-seconds", type=click.IntRange(min=1), default=180, show_default=True, help="Wait for the job."
)
@click.option(
    "--job-type", default=DEFAULT_JOB_TYPE, show_default=True, help="Job type of the synthetic trigger."
)
def apply(
    root: str, reviewed: Path | None, release_file: Path | None, profile: str | None, **limits: Any
) -> None:
    """Deploy to ROOT (shared, dev, staging or prod) what was reviewed.

    Where the plan goes beyond the review nothing is applied, and the exit code is 3. Waits until ECS runs it,
    then sends a synthetic trigger, whose job must succeed. The same command resumes what was stopped.
    """
    repository = find_repository()
    place = find_root(root, repository)
    record = Record.read(reviewed) if reviewed else None
    target = find_account(place, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    bucket = find_state_bucket(place, target, profile)
    release = Release.read(release_file) if release_file else content_release(repository, "HEAD")
    if release_file is None and deploys_images(place):
        with one_sentence(target.name):
            release = look_up(release, target.client("ecr"))
    order = Order(repository, place, target, bucket, release, record, profile, Limits(**limits), _say)
    try:
        add_summary(deploy(order))
    except NotReviewed as error:
        click.echo(error.difference, nl=False)
        add_summary(f"### {root}: not deployed\n\n{error.difference}")
        raise
    except (ToolError, Interrupted) as error:
        add_summary(f"### {root}: the deploy failed\n\n{error}")
        raise


def _say(text: str) -> None:
    click.echo(text, err=True)
