"""`jobctl dlq list`."""

from typing import Any

import click

from jobctl.commands.dlq_session import reading, selection_of, selection_options
from jobctl.commands.dlq_text import groups_json, print_groups
from jobctl.commands.options import as_json, print_json, stdout_console, target_options


@click.command()
@selection_options
@click.option(
    "--jobs", "shown_jobs", type=click.IntRange(min=0), default=5, show_default=True, help="Jobs a group."
)
@target_options
@as_json
def list(**options: Any) -> None:
    """Show the letters by reason and job type: age, what the ledger says, and the job's stream.

    Letters are hidden from others while they are read, a few seconds, and shown again. Nothing is changed.
    """
    with reading(selection_of(options), options) as session:
        if options["json_wanted"]:
            print_json(groups_json(session))
        else:
            print_groups(stdout_console(), session, options["shown_jobs"])
