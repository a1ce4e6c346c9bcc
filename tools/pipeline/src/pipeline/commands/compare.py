"""`pipeline compare --reviewed FILE RECORD`."""

from pathlib import Path

import click
from deployment.errors import BadInput

from pipeline.review import Record, difference_text
from pipeline.review import compare as differences_of

NOT_COVERED = 3


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--reviewed", type=click.Path(path_type=Path), required=True, help="The record of the review.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the difference to this file.")
def compare(record: Path, reviewed: Path, out: Path | None) -> int:
    """Say what RECORD would change beyond the reviewed record; exit code 3 when there is anything."""
    differences = differences_of(Record.read(record), Record.read(reviewed))
    text = difference_text(differences)
    click.echo(text, nl=False)
    if out:
        try:
            out.write_text(text)
        except OSError as error:
            raise BadInput(f"{out} cannot be written: {error.strerror}.") from None
    return NOT_COVERED if differences else 0
