"""`jobctl show`."""

import json
import sys
from typing import Any

import click
from deployment.errors import BadInput
from job_contract import ContractError, normalize_job_id
from rich.console import Console

from jobctl.commands.job_text import print_lines
from jobctl.commands.options import as_json, find_target, print_json, stdout_console, target_options
from jobctl.job_report import JobReport, wait_for_end

_INDENTED_RESULT_CHARS = 4000
_TRIGGER_WORDS = {
    "unknown": "not seen by main_job yet",
    "queued": "became a job",
    "done": "asked for no job",
    "rejected": "rejected",
}


@click.command()
@click.argument("job_id", metavar="ULID")
@click.option(
    "--wait", "wait_seconds", type=click.FloatRange(min=0), default=0.0, help="Seconds to wait for the end."
)
@target_options
@as_json
def show(job_id: str, wait_seconds: float, json_wanted: bool, **target_choice: Any) -> None:
    """Show a job, both stages: state, attempts, times, log lines, result.

    With --wait the exit code is 1 when the job has not ended by then.
    """
    try:
        job_id = normalize_job_id(job_id)
    except ContractError as error:
        raise BadInput(str(error)) from None
    target = find_target(**target_choice, quiet=json_wanted)
    report = wait_for_end(target, job_id, wait_seconds)
    if json_wanted:
        print_json(report)
    else:
        _print_text(stdout_console(), report)
    if wait_seconds and not report.has_ended():
        click.echo(f"jobctl: The job is {report.state} after {wait_seconds:g} s.", err=True)
        sys.exit(1)


def _print_text(console: Console, report: JobReport) -> None:
    trigger = report.trigger
    console.print(f"Job {report.job_id}: {report.state}", markup=False, style="bold")
    _rows(
        console,
        {
            "trigger": f"{_TRIGGER_WORDS[trigger.state]} {trigger.at}".strip(),
            "message id": trigger.message_id,
            "refused": trigger.reason,
        },
    )
    if not report.has_ended() and report.state == "unknown":
        console.print("  No worker has claimed it yet, or its record has expired.")
    _rows(
        console,
        {
            "job type": report.job_type,
            "correlation": report.correlation_id,
            "attempts": str(report.attempts or ""),
            "queued": report.queued_at,
            "started": report.first_started_at,
            "last attempt": report.started_at if report.attempts > 1 else "",
            "finished": report.finished_at,
            "took": f"{report.duration_ms} ms" if report.state == "succeeded" else "",
            "reason": report.reason,
            "stream": f"{report.log_group} {report.stream}",
            "lines went to": report.shared_stream,
            "result": report.result,
        },
    )
    if report.result:
        console.print(f"  {_content(report)}", markup=False)
    if trigger.lines:
        console.print(f"Lines of {trigger.log_group}:", markup=False, style="bold")
        print_lines(console, trigger.lines)
    if report.lines:
        console.print(f"Lines of {report.stream}:", markup=False, style="bold")
        print_lines(console, report.lines)


def _content(report: JobReport) -> str:
    content = report.result_content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    cut = report.result_truncated or len(text) > _INDENTED_RESULT_CHARS
    return text[:_INDENTED_RESULT_CHARS] + (" ... (cut)" if cut else "")


def _rows(console: Console, rows: dict[str, str]) -> None:
    for name, value in rows.items():
        if value:
            console.print(f"  {name:<14}{value}", markup=False)
