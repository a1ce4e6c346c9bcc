"""`jobctl lab`: experiments that break consumers on purpose."""

import sys
from collections.abc import Callable
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from rich.table import Table

from jobctl.commands.options import as_json, print_json, stdout_console, target_options
from jobctl.lab.catalogue import EXPERIMENTS, find_experiment
from jobctl.lab.chart import bars
from jobctl.lab.experiment import Case, Experiment
from jobctl.lab.running import Laboratory, Report, laboratory, run_experiment
from jobctl.lab.stopping import stoppable


@click.group()
def lab() -> None:
    """Run experiments: break consumers on purpose, and see that the contract holds (docs/lab.md)."""


@lab.command("list")
@as_json
def list_experiments(json_wanted: bool) -> None:
    """List the experiments: what each expects, and where it runs."""
    if json_wanted:
        print_json([_description(experiment) for experiment in EXPERIMENTS.values()])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("experiment", "expects", "where", "jobs", "at most"):
        table.add_column(heading)
    for each in EXPERIMENTS.values():
        where = "locally" if each.local_only else "locally, dev, staging"
        table.add_row(each.name, each.expects, where, str(each.jobs), f"{each.bound_seconds:.0f} s")
    stdout_console().print(table)


@lab.command()
@click.argument("name", required=False)
@click.option("--all", "all_wanted", is_flag=True, help="All that run in this place, one after another.")
@click.option("--count", type=click.IntRange(2, 10_000), help="How many jobs.  [default: its own]")
@click.option("--quick", is_flag=True, help="Fewer jobs and shorter times.")
@target_options
@as_json
def run(
    name: str | None,
    all_wanted: bool,
    count: int | None,
    quick: bool,
    json_wanted: bool,
    **target_choice: Any,
) -> None:
    """Run one experiment, or all; exit code 1 where the contract broke.

    On the local stack that is up, else on an embedded AWS of its own; --env dev or staging names an
    account's environment.
    """
    if all_wanted == bool(name):
        raise BadInput("Name one experiment, or give --all.")
    wanted = [find_experiment(name)] if name else list(EXPERIMENTS.values())
    reports: list[Report] = []
    with stoppable(), laboratory(**target_choice) as place:
        click.echo(f"Target: {place.name}", err=True)
        for experiment in wanted:
            if all_wanted and experiment.local_only and not place.is_local:
                click.echo(f"{experiment.name} is left out: it runs locally only.", err=True)
                continue
            reports.append(_run_one(experiment, place, count, quick, json_wanted))
    if json_wanted:
        print_json({"ok": all(each.ok for each in reports), "experiments": reports})
    elif all_wanted:
        _print_summary(reports)
    sys.exit(0 if all(each.ok for each in reports) else 1)


def _run_one(
    experiment: Experiment, place: Laboratory, count: int | None, quick: bool, json_wanted: bool
) -> Report:
    if not json_wanted:
        click.echo(f"{experiment.name}\n  expects: {experiment.expects}\n  because: {experiment.why}")
    with one_sentence(place.name), place.lab() as made:
        report = run_experiment(experiment, made, jobs=count, quick=quick)
    if not json_wanted:
        _print_report(report)
    return report


def _print_report(report: Report) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    for case in report.cases:
        table.add_row(case.name, *(_cell(of(case)) for of in _COLUMNS.values()))
    console = stdout_console()
    console.print()
    console.print(table)
    lines = ["", f"{report.chart}:", *bars(report.bars), ""]
    for check in report.checks:
        lines.append(f"{_word(check.ok, check.by_chance):>12}  {check.text}")
    held = "The contract held" if report.ok else "THE CONTRACT BROKE, or the experiment had no effect"
    console.print("\n".join([*lines, f"{held} ({report.name}, {report.seconds:.0f} s).", ""]), markup=False)


_COLUMNS: dict[str, Callable[[Case], float | None]] = {
    "sent": lambda case: case.sent,
    "succeeded": lambda case: case.succeeded,
    "dead": lambda case: case.dead,
    "runs": lambda case: case.attempts,
    "lost with a worker": lambda case: case.lost_attempts,
    "delivered again": lambda case: case.delivered_again,
    "decided again": lambda case: case.decided_again,
    "seconds": lambda case: case.seconds,
}


def _cell(value: Any) -> str:
    return "unknown" if value is None else f"{value:g}"


def _word(ok: bool, by_chance: bool) -> str:
    if ok:
        return "ok"
    return "not this time" if by_chance else "BROKEN"


def _print_summary(reports: list[Report]) -> None:
    for report in reports:
        click.echo(f"{'held' if report.ok else 'BROKE':<6} {report.name} ({report.seconds:.0f} s)")


def _description(experiment: Experiment) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "expects": experiment.expects,
        "why": experiment.why,
        "localOnly": experiment.local_only,
        "jobs": experiment.jobs,
        "boundSeconds": experiment.bound_seconds,
    }
