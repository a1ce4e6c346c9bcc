"""`pipeline comment ROOT --body FILE --pull-request N`."""

from pathlib import Path

import click
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import find_root

from pipeline.github.client import job_repository
from pipeline.github.comments import show


@click.command()
@click.argument("root")
@click.option("--body", type=click.Path(path_type=Path), required=True, help="File with the text, Markdown.")
@click.option("--pull-request", type=click.IntRange(min=1), required=True, help="Its number.")
def comment(root: str, body: Path, pull_request: int) -> None:
    """Show the plan of ROOT in a pull request: one comment, which is replaced when there is a newer plan.

    Reads GITHUB_TOKEN, GITHUB_API_URL and GITHUB_REPOSITORY.
    """
    find_root(root, find_repository())
    try:
        text = body.read_text()
    except OSError as error:
        raise BadInput(f"{body} cannot be read: {error.strerror}.") from None
    click.echo(show(job_repository(), pull_request, root, text))
