"""`pipeline drift-issue ROOT --summary FILE --state clean|drifted`."""

from pathlib import Path

import click
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import find_root

from pipeline.github.client import job_repository
from pipeline.github.drift_issue import tell


@click.command()
@click.argument("root")
@click.option("--summary", type=click.Path(path_type=Path), required=True, help="What differs, Markdown.")
@click.option(
    "--state", type=click.Choice(["clean", "drifted"]), required=True, help="What `pipeline drift` found."
)
def drift_issue(root: str, summary: Path, state: str) -> None:
    """Tell of ROOT's drift in the one issue of drift; close the issue when no root has any.

    Reads GITHUB_TOKEN, GITHUB_API_URL and GITHUB_REPOSITORY.
    """
    find_root(root, find_repository())
    text = None
    if state == "drifted":
        try:
            text = summary.read_text()
        except OSError as error:
            raise BadInput(f"{summary} cannot be read: {error.strerror}.") from None
    told = tell(job_repository(), root, text)
    click.echo(f"The issue of drift: {told.deed}{f', {told.url}' if told.url else ''}.")
