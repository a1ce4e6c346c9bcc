"""`jobctl dlq show`."""

import json
from typing import Any

import click
from deployment.errors import ToolError
from rich.console import Console

from jobctl.commands.dlq_session import Session, reading, selection_of, selection_options
from jobctl.commands.dlq_text import letter_json
from jobctl.commands.options import as_json, print_json, stdout_console, target_options
from jobctl.dlq.drop import saved
from jobctl.dlq.ledger_view import Entry

_SHOWN_BODY_CHARS = 4000


@click.command()
@click.argument("ulids", nargs=-1, metavar="[ULID]...")
@selection_options
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, help="Show so many.")
@target_options
@as_json
def show(ulids: tuple[str, ...], most: int, **options: Any) -> None:
    """Show letters whole: body, attributes, and what the ledger says; of the jobs named, or the oldest."""
    options["job_ids"] = (*options["job_ids"], *ulids)
    selection = selection_of(options)
    with reading(selection, options) as session:
        found = {entry.letter.job_id for entry in session.entries}
        if missing := sorted(selection.job_ids - found):
            raise ToolError(f"No letter of {', '.join(missing)} was read; it may be hidden for a minute.")
        shown = sorted(session.entries, key=lambda entry: entry.letter.died_at_ms)[:most]
        if options["json_wanted"]:
            print_json([letter_json(session, entry) | saved(entry.letter) for entry in shown])
            return
        for entry in shown:
            _print(stdout_console(), session, entry)
        click.echo(f"{len(shown)} of {len(session.entries)} letters shown.", err=True)


def _print(console: Console, session: Session, entry: Entry) -> None:
    letter = entry.letter
    console.print(f"{letter.stage}: {letter.job_id or letter.message_id}", markup=False, style="bold")
    for name, value in letter_json(session, entry).items():
        if value not in ("", False) and name not in ("queue", "jobId"):
            console.print(f"  {name:<20}{value}", markup=False)
    if entry.record:
        console.print(f"  {'ledger reason':<20}{entry.record.reason}", markup=False)
    for name, attribute in saved(letter)["attributes"].items():
        text = attribute.get("StringValue") or attribute.get("BinaryValue", "")
        console.print(f"  attribute {name} = {text}", markup=False)
    console.print(f"  {_body_text(letter.body)}", markup=False)


def _body_text(body: str) -> str:
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False).replace("\n", "\n  ")
    except (ValueError, RecursionError):
        text = body
    cut = " ... (cut; --json is whole)" if len(text) > _SHOWN_BODY_CHARS else ""
    return text[:_SHOWN_BODY_CHARS] + cut
