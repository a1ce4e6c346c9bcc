"""`pipeline find-record ROOT --out FILE`."""

from pathlib import Path

import click
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import find_root

from pipeline.github.artifacts import Wanted
from pipeline.github.artifacts import find_record as find
from pipeline.github.client import job_repository
from pipeline.github.runner import add_summary, set_output
from pipeline.release.git import find_commit


@click.command()
@click.argument("root")
@click.option("--tree", help="Hash of the files that are deployed.  [default: those of HEAD]")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Write the record to this file.")
def find_record(root: str, tree: str | None, out: Path) -> None:
    """Find the record that a pull request left of what it would change in ROOT.

    Exit code 0 also when there is none; the output `found` says. Reads GITHUB_TOKEN, GITHUB_API_URL and
    GITHUB_REPOSITORY.
    """
    repository = find_repository()
    find_root(root, repository)
    head = find_commit(repository, "HEAD")
    wanted = Wanted(root, head.hash, tree or head.tree)
    record = find(job_repository(), wanted, lambda text: click.echo(text, err=True))
    set_output("found", "true" if record else "false")
    if record is None:
        click.echo(f"No record of a review of {root} for the files {wanted.tree[:12]}.")
        return
    try:
        out.write_text(record.text)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from None
    click.echo(f"{root} was reviewed in {record.run_url}.")
    add_summary(f"`{root}` was reviewed in [this run]({record.run_url}).")
