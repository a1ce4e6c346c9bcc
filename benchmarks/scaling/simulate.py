"""Replays arrival patterns against our scaling policy and a plain one.

Prints the tables; with --write also puts them into docs/scaling.md and draws docs/scaling.svg.
"""

import argparse
import sys
from collections.abc import Sequence

from scaling_arrivals import Pattern
from scaling_chart import chart
from scaling_parameters import REPOSITORY, MissingValue, Scaling
from scaling_report import NoMarkers, between_markers, report
from scaling_runs import (
    OURS,
    PLAIN,
    PLAIN_WITH_OUR_WORKER,
    WITHOUT_BRAKE,
    Contender,
    Outcome,
    by_cooldown,
    long_jobs,
    long_patterns,
    run,
    short_jobs,
    short_patterns,
)

DOCUMENT = REPOSITORY / "docs/scaling.md"
PICTURE = REPOSITORY / "docs/scaling.svg"
# What the picture shows: where the policies differ most visibly.
PICTURED = ("burst of 100,000", "steady, 40 a second")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with a sentence."""
    parser = argparse.ArgumentParser(description="Simulate scaling policies.")
    parser.add_argument("--write", action="store_true", help="write docs/scaling.md and docs/scaling.svg")
    options = parser.parse_args(arguments)
    try:
        text, picture = simulate()
        print(text)
        if options.write:
            DOCUMENT.write_text(between_markers(DOCUMENT.read_text(), text))
            PICTURE.write_text(picture)
    except (MissingValue, NoMarkers) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def simulate() -> tuple[str, str]:
    """The report and the picture."""
    short = outcomes(short_patterns(), short_jobs(), (OURS, PLAIN, WITHOUT_BRAKE))
    long = outcomes(long_patterns(), long_jobs(), (OURS, PLAIN, PLAIN_WITH_OUR_WORKER, WITHOUT_BRAKE))
    pictured = [
        tuple(each for each in short if each.pattern == name and each.policy in (OURS.name, PLAIN.name))
        for name in PICTURED
    ]
    return report(short, long, (short_jobs(), long_jobs()), by_cooldown()), chart(pictured)


def outcomes(patterns: Sequence[Pattern], scaling: Scaling, contenders: Sequence[Contender]) -> list[Outcome]:
    """Each pattern under each policy. A single burst says nothing of the brake, so it is left out there."""
    return [
        run(pattern, contender, scaling)
        for pattern in patterns
        for contender in contenders
        if contender is not WITHOUT_BRAKE or pattern.ends_at is None
    ]


if __name__ == "__main__":
    sys.exit(main())
