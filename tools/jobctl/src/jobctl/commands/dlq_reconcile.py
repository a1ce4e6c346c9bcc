"""`jobctl dlq reconcile`."""

from typing import Any

import click

from jobctl.commands.dlq_session import reading, selection_of, selection_options
from jobctl.commands.dlq_text import letter_json
from jobctl.commands.options import as_json, print_json, target_options


@click.command()
@selection_options
@target_options
@as_json
def reconcile(**options: Any) -> None:
    """Tell the ledger that jobs are dead whose messages SQS moved by itself.

    Only where no worker holds the job. Replay and drop do it by themselves for the letters they take.
    """
    with reading(selection_of(options), options) as session:
        session.reconcile()
        told = {entry.letter.message_id for entry in session.reconciled}
        entries = [entry for entry in session.entries if entry.letter.message_id in told]
        if options["json_wanted"]:
            print_json({"reconciled": [letter_json(session, entry) for entry in entries]})
            return
        for entry in entries:
            reason = entry.record.reason if entry.record else ""
            click.echo(f"{entry.letter.job_id}  dead: {reason}")
        click.echo(f"The ledger was told of {len(entries)} of {len(session.entries)} letters read.")
