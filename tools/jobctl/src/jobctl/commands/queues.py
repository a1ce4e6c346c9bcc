"""`jobctl queues`."""

from typing import Any

import click
from deployment.aws_errors import one_sentence
from rich.table import Table

from jobctl.commands.options import as_json, find_target, print_json, stdout_console, target_options
from jobctl.queues import QueueDepth, read_depths


@click.command()
@target_options
@as_json
def queues(json_wanted: bool, **target_choice: Any) -> None:
    """Show the depth and age of the queues; no message is received for it."""
    target = find_target(**target_choice, quiet=json_wanted)
    with one_sentence(target.name):
        depths = read_depths(target)
    if json_wanted:
        print_json({depth.name: _as_dict(depth) for depth in depths})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("queue")
    for heading in ("visible", "in flight", "delayed", "dead", "oldest (s)"):
        table.add_column(heading, justify="right")
    for depth in depths:
        age = "unknown" if depth.oldest_age_seconds is None else f"{depth.oldest_age_seconds:.0f}"
        counts = (depth.visible, depth.in_flight, depth.delayed, depth.dead)
        table.add_row(depth.name, *(str(count) for count in counts), age)
    stdout_console().print(table)


def _as_dict(depth: QueueDepth) -> dict[str, Any]:
    return {
        "visible": depth.visible,
        "inFlight": depth.in_flight,
        "delayed": depth.delayed,
        "dead": depth.dead,
        "oldestAgeSeconds": depth.oldest_age_seconds,
    }
