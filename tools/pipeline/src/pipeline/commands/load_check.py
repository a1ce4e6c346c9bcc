"""`pipeline load-check --env ENV ...`."""

import os

import click
from deployment.errors import ToolError

from pipeline.github.runner import add_summary, job_variable, set_output
from pipeline.load import LoadTest, load_options

_MAIN = "refs/heads/main"


@click.command("load-check")
@load_options
def load_check(asked: LoadTest) -> None:
    """Fail unless a job may test the load like this; say whether a person has to approve it first.

    Reads GITHUB_REF, and AWS_ACCOUNT_ID (empty where the repository has none).
    """
    ref = job_variable("GITHUB_REF")
    if ref != _MAIN:
        raise ToolError(
            f"This is {ref}, and only main's workflow gets a role to test the load; start it on main."
        )
    if not os.environ.get("AWS_ACCOUNT_ID"):
        raise ToolError(
            "The repository's variable AWS_ACCOUNT_ID is not set, so there is no account to talk to; "
            "docs/github-access.md says how to set it."
        )
    asked.check_time()
    approval = asked.needs_approval
    waits = f" It waits for an approval of {asked.environment}-approval." if approval else ""
    # For whoever approves, too: GitHub shows it on the page of the run.
    add_summary(f"Load test: {asked}.{waits}")
    click.echo(f"{asked}.{waits}")
    set_output("approval", "true" if approval else "false")
