"""Measures our consumer beside boto3 by itself and other consumers: `make bench`, or with OPTIONS=--help.

Compares what it finds with the stored ratios and says what got worse. That alone is no failure: the machine
may have been busy, and then a second run says something else. `--strict` makes it one, for a quiet machine.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from bench_candidates import CANDIDATES, DELAYS_MS, REPOSITORY, NotInstalled, chosen
from bench_machine import this_machine, versions
from bench_ratios import NotStored, ratios, store, stored, worse
from bench_report import report
from bench_rounds import Runs, rounds
from bench_run import RunFailed
from canned_process import ServerFailed

RESULTS = REPOSITORY / "benchmarks/RESULTS.md"
RATIOS = REPOSITORY / "benchmarks/results.json"
EXIT_WORSE = 3


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2."""
        self.exit(2, f"bench: {message}\n")


def main(
    arguments: Sequence[str] | None = None, *, results: Path = RESULTS, stored_ratios: Path = RATIOS
) -> int:
    """Exit code 0; 1 with a sentence where a run failed; 2 for a wrong option; 3 where worse and --strict."""
    options = _options(arguments)
    try:
        candidates = chosen(options.only)
        machine = this_machine()
        runs = rounds(
            candidates,
            options.delay_ms or DELAYS_MS,
            times=options.rounds,
            seconds=options.seconds,
            messages=options.messages,
            most_minutes=options.minutes,
            tell=lambda line: print(line, flush=True),
        )
        text = report(runs, machine, versions(candidates))
    except (NotInstalled, RunFailed, ServerFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{text}")
    got_worse = _compared(runs, stored_ratios)
    if options.write:
        results.write_text(text)
        store(stored_ratios, runs)
        print(f"Written: {results.name} and {stored_ratios.name}.")
    return EXIT_WORSE if got_worse and options.strict else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="make bench OPTIONS=...", description="Measures our consumer beside others.")
    parser.add_argument("--rounds", type=_number(1, 20, int), default=5, help="default: 5")
    parser.add_argument("--seconds", type=_number(0.05, 60, float), default=1.0, help="of a run; default: 1")
    parser.add_argument("--messages", type=_number(20, 1_000_000, int), help="in a run, instead of --seconds")
    parser.add_argument("--minutes", type=_number(0, 120, float), default=9, help="at most; default: 9")
    parser.add_argument("--delay-ms", type=int, choices=DELAYS_MS, action="append", help="default: both")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help=f"part of a name: {', '.join(each.name for each in CANDIDATES)}",
    )
    parser.add_argument("--write", action="store_true", help="renew RESULTS.md and the stored ratios")
    parser.add_argument("--strict", action="store_true", help="exit code 3 where something got worse")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.delay_ms):
        parser.error("--write is for the whole table: leave --only and --delay-ms out.")
    return options


def _number(low: float, high: float, kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is no number from {low:g} to {high:g}")
        return value

    return read


def _compared(runs: Sequence[Runs], file: Path) -> list[str]:
    try:
        before = stored(file)
    except NotStored as error:
        print(f"Not compared: {error}")
        return []
    now = ratios(runs)
    if not now:
        print("Not compared: ratios need one of ours and boto3 of its stage among --only.")
        return []
    sentences = worse(now, before)
    print("Compared with the stored ratios:", *(sentences or ["nothing got worse."]), sep="\n  ")
    return sentences


if __name__ == "__main__":
    sys.exit(main())
