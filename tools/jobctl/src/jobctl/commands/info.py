"""`jobctl info`."""

import os
from collections.abc import Iterator
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import SHARED, find_account, find_root
from deployment.target import Target
from rich.console import Console
from rich.table import Table

from jobctl.commands.options import as_json, print_json, stdout_console
from jobctl.environment_report import EnvironmentReport, report_environment


@click.command()
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
@as_json
@click.argument("environment")
def info(environment: str, profile: str | None, json_wanted: bool) -> None:
    """Say what ENVIRONMENT looks like now: queues, services, alarms, deployed commit, console pages."""
    target = find_environment(environment, profile)
    if not json_wanted:
        click.echo(f"Target: {target.name}", err=True)
    with one_sentence(target.name):
        report = report_environment(target)
    if json_wanted:
        print_json(_as_dict(report))
    else:
        _print(report, stdout_console())


def find_environment(name: str, profile: str | None) -> Target:
    """The account or the local stack, with that environment; raises BadInput and ToolError."""
    root = find_root(name, find_repository())
    if root.name == SHARED:
        raise BadInput("ENV is 'shared', which has no services; it must be an environment, such as dev.")
    target = find_account(root, profile, os.environ)
    target.environment = root.name
    return target


def _print(report: EnvironmentReport, console: Console) -> None:
    queues = Table(box=None, pad_edge=False)
    queues.add_column("queue", no_wrap=True)
    for heading in ("visible", "in flight", "delayed", "dead"):
        queues.add_column(heading, justify="right")
    for depth in report.queues.values():
        counts = (depth.visible, depth.in_flight, depth.delayed, depth.dead)
        queues.add_row(depth.name, *map(str, counts))
    console.print(queues)
    for line in (*report.queues, "", *_lines(report)):
        console.print(line)


def _lines(report: EnvironmentReport) -> Iterator[str]:
    for one in report.services:
        yield f"{one.name}: {one.desired} desired, {one.running} running, {one.pending} pending"
        yield f"  {one.task_definition} {one.digest or ''}"
        yield f"  last deployment {one.rollout} {one.deployed_at}"
    yield ""
    yield f"Alarms: {', '.join(report.alarms) or 'none in ALARM'}"
    yield f"Deployed: {_deployed(report)}"
    yield from (f"{part}: {link}" for part, link in report.consoles.items())
    if not report.consoles:
        yield "The AWS console shows nothing of the local stack."


def _deployed(report: EnvironmentReport) -> str:
    release = report.release
    if release is None:
        return "by hand; the pipeline wrote nothing down"
    text = f"commit {release['commit'][:12]}, {release['phase']} at {release['at']}"
    runs = {one.digest for one in report.services}
    return text if runs == set(release["digests"].values()) else f"{text}; other images run since, by hand"


def _as_dict(report: EnvironmentReport) -> dict[str, Any]:
    return {
        "environment": report.environment,
        "queues": [
            {
                "url": url,
                "visible": depth.visible,
                "inFlight": depth.in_flight,
                "delayed": depth.delayed,
                "dead": depth.dead,
            }
            for url, depth in report.queues.items()
        ],
        "services": [
            {
                "name": one.name,
                "desired": one.desired,
                "running": one.running,
                "pending": one.pending,
                "taskDefinition": one.task_definition,
                "digest": one.digest,
                "rollout": one.rollout,
                "deployedAt": one.deployed_at,
            }
            for one in report.services
        ],
        "alarms": report.alarms,
        "release": report.release,
        "consoles": report.consoles,
    }
