"""`pipeline gate`."""

import os

import click
from deployment.errors import ToolError

from pipeline.github.gate import judge, left_out, results, table
from pipeline.github.runner import add_summary, job_event, job_variable


@click.command()
def gate() -> None:
    """Fail unless every job of the run passed, or was left out for a reason that holds.

    Reads NEEDS (what toJSON(needs) gives) and AWS_ACCOUNT_ID (empty where the repository has none), and
    GITHUB_EVENT_NAME, GITHUB_EVENT_PATH and GITHUB_REF.
    """
    found = results(job_variable("NEEDS"))
    event_name, ref = job_variable("GITHUB_EVENT_NAME"), job_variable("GITHUB_REF")
    reasons = left_out(event_name, job_event(), os.environ.get("AWS_ACCOUNT_ID", ""), ref)
    verdicts = judge(found, reasons)
    click.echo(table(verdicts), nl=False)
    add_summary(table(verdicts))
    for reason in sorted(set(reasons.values())):
        # GitHub shows it at the head of the run's page.
        click.echo(f"::notice title=Left out on purpose::{reason}")
    wrong = [f"{each.job} ({each.result}): {each.why}" for each in verdicts if not each.fine]
    if wrong:
        raise ToolError(f"Not green: {'; '.join(wrong)}.")
