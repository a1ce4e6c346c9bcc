"""`jobctl load`."""

import math
import sys
from pathlib import Path
from typing import Any

import click
from deployment.errors import BadInput
from deployment.target import Target
from job_contract import DEFAULT_JOB_TYPE

from jobctl.commands.options import find_target, target_options
from jobctl.commands.trigger_data import read_data
from jobctl.load.assemble import add_comparison, exit_code, make_report
from jobctl.load.compare import DEFAULT_TOLERANCE_PERCENT, read_baseline
from jobctl.load.display import Display
from jobctl.load.output import claim_folder, write_report
from jobctl.load.report import Asked, Report
from jobctl.load.run import Patience, carry_out, prepare
from jobctl.load.schedule import SCENARIOS
from jobctl.triggers import TriggerWish, numbered_entry

_GUARDED = "prod"
_ABOVE_ZERO = click.FloatRange(min=0, min_open=True)


@click.command()
@click.option(
    "--scenario",
    type=click.Choice(list(SCENARIOS)),
    default="steady",
    show_default=True,
    help="How they come.",
)
@click.option("--count", type=click.IntRange(1, 1_000_000), required=True, help="Triggers in all.")
@click.option("--rate", type=_ABOVE_ZERO, required=True, help="Triggers a second, on average.")
@click.option("--type", "job_type", default=DEFAULT_JOB_TYPE, show_default=True, help="Job type.")
@click.option(
    "--data", help="The triggers' data: JSON, @FILE, or - for stdin.  [default: an id and a number each]"
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the report."
)
@click.option("--baseline", type=click.Path(path_type=Path), help="A report.json to compare with.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=DEFAULT_TOLERANCE_PERCENT,
    show_default=True,
    help="Percent by which a figure may be worse than the baseline's.",
)
@click.option(
    "--drain",
    type=_ABOVE_ZERO,
    default=600.0,
    show_default=True,
    help="Seconds to wait for jobs, after the last send.",
)
@click.option(
    "--quiet",
    type=_ABOVE_ZERO,
    default=90.0,
    show_default=True,
    help="Seconds to wait for jobs while no queue holds any.",
)
@click.option("--confirm-prod", is_flag=True, help="Needed with --env prod: real work is delayed by yours.")
@target_options
def load(**options: Any) -> None:
    """Send triggers at a schedule, see them to their end, and report.

    Exit codes: 0 all jobs are accounted for, 1 some are not, have not ended, or were not taken; 2 worse than
    the baseline, or the input cannot be used; 130 interrupted, with a report of what there is.
    """
    wish = TriggerWish(trigger="load", job_type=options["job_type"], data=read_data(options["data"]))
    _check(options, wish)
    target = find_target(options["profile"], options["region"], options["environment"], quiet=False)
    asked = _asked(options, target)
    baseline = read_baseline(options["baseline"], asked) if options["baseline"] else None
    run = prepare(target, asked, wish)
    claim_folder(options["out"])
    display = Display()
    with display.on():
        carry_out(run, Patience(options["drain"], options["quiet"]), display.show)
    report = make_report(run)
    if baseline:
        add_comparison(report, baseline, options["baseline"], options["tolerance"])
    write_report(report, options["out"])
    _say(report, options["out"])
    sys.exit(exit_code(report, run.interrupted))


def _check(options: dict[str, Any], wish: TriggerWish) -> None:
    """Raises BadInput before any AWS is looked for."""
    for name in ("rate", "tolerance", "drain", "quiet"):
        if not math.isfinite(options[name]):
            raise BadInput(f"--{name} is {options[name]}; it must be a number.")
    if options["environment"] == _GUARDED and not options["confirm_prod"]:
        raise BadInput("A load on prod delays real work; give --confirm-prod as well when that is meant.")
    if options["environment"] == _GUARDED and options["job_type"] == "simulate-work":
        raise BadInput(
            "simulate-work is refused in prod, where FAULT_INJECTION is off: each job would be dead."
        )
    numbered_entry(wish, 0)


def _asked(options: dict[str, Any], target: Target) -> Asked:
    return Asked(
        scenario=options["scenario"],
        count=options["count"],
        rate_per_second=options["rate"],
        job_type=options["job_type"],
        environment=target.environment,
        # Not the local stack's address: it is another one each time.
        target="the local stack" if target.is_local else target.name,
        region=str(target.session.region_name),
    )


def _say(report: Report, out: Path) -> None:
    click.echo(report.outcome.sentence)
    for note in report.outcome.notes:
        click.echo(f"Note: {note}")
    if report.comparison and report.comparison.regressions:
        click.echo(f"Worse than the baseline: {', '.join(report.comparison.regressions)}.")
    click.echo(f"Report: {out / 'report.html'}")
