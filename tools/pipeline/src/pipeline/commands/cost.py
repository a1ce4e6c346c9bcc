"""`pipeline cost PLAN.json`."""

import json
from pathlib import Path

import click

from pipeline.cost import CostError, compare, load_prices


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
def cost(plan: Path) -> None:
    """Say what PLAN changes of the cost at rest; it is the output of `terraform show -json PLANFILE`."""
    click.echo(compare(_read(plan), load_prices()).text(), nl=False)


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text())
    except OSError as error:
        raise CostError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CostError(f"{file} is no JSON; make it with `terraform show -json PLANFILE`.") from None
