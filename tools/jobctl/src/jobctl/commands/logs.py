"""`jobctl logs`."""

import json
import sys
import time
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput

from jobctl.commands.job_text import line_text
from jobctl.commands.options import as_json, find_target, target_options
from jobctl.job_report import as_line
from jobctl.log_reader import LogEvent, log_source, read_events, span_ms


@click.command()
@click.argument("what", required=False, metavar="[main-job|background-job|ULID]")
@click.option("--pattern", help="All job streams of a pattern, e.g. job-streams or user-actions/u42.")
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--since", default=None, help="How far back: 90s, 10m, 2h, 1d.  [default: 10m; a job: 14d]")
@click.option("--filter", "filter_pattern", default="", help="CloudWatch filter pattern.")
@target_options
@as_json
def logs(
    *,
    what: str | None,
    pattern: str | None,
    follow: bool,
    since: str | None,
    filter_pattern: str,
    json_wanted: bool,
    **target_choice: Any,
) -> None:
    """Show the lines of a service, a job, or all streams of a pattern; without a word, of both services.

    With --json one JSON object a line: group, stream, and the line as it is.
    """
    if what and pattern:
        raise BadInput("Give a service or a job, or --pattern, not both.")
    is_job = what is not None and what not in {"main-job", "background-job"}
    back_ms = span_ms(since or ("14d" if is_job else "10m"))
    target = find_target(**target_choice, quiet=json_wanted)
    start_ms = max(0, time.time_ns() // 1_000_000 - back_ms)
    try:
        with one_sentence(target.name):
            source = log_source(target, what, pattern, filter_pattern)
            for event in read_events(target.client("logs"), source, start_ms, follow=follow):
                _print(event, json_wanted, several=not is_job)
    except KeyboardInterrupt:
        sys.exit(130)


def _print(event: LogEvent, json_wanted: bool, several: bool) -> None:
    line = as_line(event.text)
    if json_wanted:
        shown = {"logGroup": event.group, "stream": event.stream, "line": line}
        click.echo(json.dumps(shown, ensure_ascii=False))
    # Lines with _aws are metrics on their way to CloudWatch: no words for people.
    elif "_aws" not in line:
        job_id = str(line.get("jobId", ""))
        click.echo(f"{job_id:<26} {line_text(line)}" if several else line_text(line))
