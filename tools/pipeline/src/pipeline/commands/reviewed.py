"""`pipeline reviewed RECORD --found FILE --out FILE`."""

from pathlib import Path

import click

from pipeline.github.approvals import record_hash
from pipeline.github.runner import add_summary, set_output
from pipeline.review import Record, compare, difference_text

_UNSEEN = "**No review of exactly these files was found.** What would change waits for an approval.\n"
_TO_APPROVE = """
To approve, read the plan and then approve the job that waits. In a repository without required reviewers,
start the workflow Deploy by hand with the hash of these changes: `{hash}`
"""


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "--found", type=click.Path(path_type=Path), required=True, help="What find-record may have written."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Write the record to apply by here."
)
def reviewed(record: Path, found: Path, out: Path) -> None:
    """Say whether all that RECORD would change was reviewed; the output `reviewed` says it, too.

    The record to apply by is the reviewed one. Where that does not cover everything, it is the plan's own,
    which then needs an approval.
    """
    planned = Record.read(record)
    review = Record.read(found) if found.exists() else None
    open_question = _open_question(planned, review)
    set_output("reviewed", "false" if open_question else "true")
    if open_question:
        planned.write(out)
        told = open_question + _TO_APPROVE.format(hash=record_hash(planned.text()))
        click.echo(told, nl=False)
        add_summary(told)
        return
    (review or planned).write(out)
    click.echo("Everything that would change was reviewed." if planned.changes else "Nothing would change.")


def _open_question(planned: Record, review: Record | None) -> str | None:
    if not planned.changes:
        return None
    if review is None:
        return _UNSEEN
    differences = compare(planned, review)
    return difference_text(differences) if differences else None
