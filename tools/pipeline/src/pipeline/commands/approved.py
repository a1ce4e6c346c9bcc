"""`pipeline approved ROOT --record FILE`."""

from pathlib import Path

import click
from deployment.repository import find_repository
from deployment.roots import find_root

from pipeline.github.approvals import approved_by, job_run, named_hashes, record_hash, refuse
from pipeline.github.client import job_repository
from pipeline.github.runner import job_variable
from pipeline.review import Record


@click.command()
@click.argument("root")
@click.option(
    "--record", type=click.Path(path_type=Path), required=True, help="The changes that need approval."
)
@click.option("--hashes", default="", help="Of records that the person who started the run by hand approves.")
def approved(root: str, record: Path, hashes: str) -> None:
    """Fail unless a person has approved what would change in ROOT.

    Reads GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_EVENT_NAME and GITHUB_ACTOR.
    """
    find_root(root, find_repository())
    wanted, named = record_hash(Record.read(record).text()), named_hashes(hashes)
    environment = f"{root}-approval"
    if person := approved_by(job_repository(), job_run(), environment):
        click.echo(f"{person} has approved the deployment to {environment}.")
    elif wanted in named and job_variable("GITHUB_EVENT_NAME") == "workflow_dispatch":
        click.echo(f"{job_variable('GITHUB_ACTOR')} started this run with the hash of exactly these changes.")
    else:
        raise refuse(root, environment, wanted, named)
