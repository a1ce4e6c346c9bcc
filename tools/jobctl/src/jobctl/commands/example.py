"""`jobctl example`."""

from pathlib import Path

import click

from jobctl.examples.catalogue import find_example
from jobctl.examples.run import run_example
from jobctl.stack.reporter import Reporter
from jobctl.stack.up import stack_paths


@click.command()
@click.argument("name")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The embedded AWS's port; a free one if not given.",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the example's stack.  [default: .local/NAME]",
)
@click.option("--enforce-iam", is_flag=True, help="Let the embedded AWS judge requests by IAM policies.")
def example(name: str, port: int, state_dir: Path | None, enforce_iam: bool) -> None:
    """Start an example of examples/ as a local stack of its own."""
    chosen = find_example(name)
    paths = stack_paths(state_dir, name)
    lines = run_example(chosen, paths, Reporter(), port=port, enforce_iam=enforce_iam)
    for line in (*lines, "Its end:", f"jobctl down --state-dir {paths.folder}"):
        click.echo(line)
