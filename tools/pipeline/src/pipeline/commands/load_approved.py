"""`pipeline load-approved ENV`."""

import click
from deployment.errors import ToolError
from deployment.repository import find_repository
from deployment.roots import find_root

from pipeline.github.approvals import approved_by, job_run
from pipeline.github.client import job_repository


@click.command("load-approved")
@click.argument("environment", metavar="ENV")
def load_approved(environment: str) -> None:
    """Fail unless a person has approved that this run tests the load of ENV.

    Reads GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_RUN_ID.
    """
    find_root(environment, find_repository())
    place = f"{environment}-approval"
    person = approved_by(job_repository(), job_run(), place)
    if person is None:
        raise ToolError(
            f"Nobody has approved a load test of {environment}. Give the environment {place} required "
            "reviewers and start the workflow again; where the repository cannot have them, who may test "
            f"that load runs `jobctl load --env {environment}` with credentials of their own."
        )
    click.echo(f"{person} has approved the load test in {place}.")
