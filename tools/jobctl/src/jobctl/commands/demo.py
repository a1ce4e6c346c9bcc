"""`jobctl demo`."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from jobctl.commands.job_text import print_lines
from jobctl.commands.options import stdout_console
from jobctl.stack.demo import DemoResult, run_demo
from jobctl.stack.reporter import Reporter
from jobctl.stack.timeline import Timeline
from jobctl.stack.up import stack_paths


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; a free one if not given."
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the demo's stack.  [default: .local/demo]",
)
@click.option("--enforce-iam", is_flag=True, help="Let the embedded AWS judge requests by IAM policies.")
def demo(port: int, state_dir: Path | None, enforce_iam: bool) -> None:
    """Start a stack, send one trigger, follow it, print what became of it, stop everything."""
    result = run_demo(stack_paths(state_dir, "demo"), Reporter(), port=port, enforce_iam=enforce_iam)
    _print_result(stdout_console(), result)


def _print_result(console: Console, result: DemoResult) -> None:
    report = result.report
    facts = {
        "Message id": result.message_id,
        "Job id": report.job_id,
        "Job state": f"{report.state} (attempt {report.attempts}, {report.duration_ms} ms)",
        "Stream": report.stream,
        "Result": report.result or "none",
    }
    for name, value in facts.items():
        console.print(f"{name + ':':<12} {value}", markup=False)
    console.print(f"Lines of {report.log_group}:", markup=False)
    print_lines(console, report.lines)
    console.print(_time_table(result.timeline))
    console.print(f"Everything is stopped; the whole demo took {result.timeline.elapsed_seconds():.0f} s.")


def _time_table(timeline: Timeline) -> Table:
    """When each step began and how long it took; steps that began before others ended overlap."""
    table = Table(title="Where the time went (seconds)", title_justify="left", box=None, pad_edge=False)
    table.add_column("step")
    for heading in ("began", "ended", "took"):
        table.add_column(heading, justify="right")
    table.add_column("at the same time as")
    for step in sorted(timeline.steps, key=lambda step: step.start_seconds):
        end = step.end_seconds if step.end_seconds is not None else timeline.elapsed_seconds()
        table.add_row(
            step.name,
            f"{step.start_seconds:.1f}",
            f"{end:.1f}",
            f"{end - step.start_seconds:.1f}",
            ", ".join(timeline.overlaps(step)),
        )
    return table
