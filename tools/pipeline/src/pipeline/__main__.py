"""`python -m pipeline cost PLAN.json`."""

import argparse
import json
import sys
from pathlib import Path

from pipeline.cost import CostError, compare, load_prices


def main(arguments: list[str] | None = None) -> None:
    """Prints what a plan changes of the cost at rest; a failure is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="pipeline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    cost = commands.add_parser("cost", help="Say what a plan costs a month at rest, before and after.")
    cost.add_argument("plan", type=Path, help="Output of `terraform show -json PLANFILE`.")
    given = parser.parse_args(arguments)
    try:
        print(compare(_read(given.plan), load_prices()).text(), end="")
    except CostError as error:
        print(f"pipeline: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text())
    except OSError as error:
        raise CostError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CostError(f"{file} is no JSON; make it with `terraform show -json PLANFILE`.") from None


if __name__ == "__main__":
    main()
