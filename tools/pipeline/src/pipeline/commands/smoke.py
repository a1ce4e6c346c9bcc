"""`pipeline smoke ENV`."""

import os

import click
from deployment.aws_errors import one_sentence
from deployment.outputs import read_state
from deployment.repository import find_repository
from deployment.roots import find_account, find_root, find_state_bucket
from job_contract import DEFAULT_JOB_TYPE

from pipeline.apply import DeployedRelease
from pipeline.apply.patience import Patience
from pipeline.apply.smoke import synthetic, try_out
from pipeline.apply.steps import look_command, outputs_of

_LOOK_SECONDS = 1.0


@click.command()
@click.argument("environment", metavar="ENV")
@click.option(
    "--within-seconds", type=click.IntRange(min=1), default=180, show_default=True, help="Time for the job."
)
@click.option(
    "--job-type", default=DEFAULT_JOB_TYPE, show_default=True, help="Job type; its handler must be harmless."
)
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def smoke(environment: str, within_seconds: int, job_type: str, profile: str | None) -> None:
    """Send a synthetic trigger to ENV; exit code 1 unless its job succeeds in time.

    An environment that sleeps wakes first, which takes minutes: give it more time.
    """
    root = find_root(environment, find_repository())
    target = find_account(root, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    bucket = find_state_bucket(root, target, profile)
    with one_sentence(target.name):
        s3 = target.client("s3")
        deployed = DeployedRelease(s3, bucket, environment).read()
        outputs = outputs_of(read_state(s3, bucket, environment), environment)
        trigger = synthetic(
            deployed.commit if deployed else "by-hand", look_command(environment, profile, target), job_type
        )
        patience = Patience(within_seconds, _LOOK_SECONDS, lambda text: click.echo(text, err=True))
        seconds = try_out(target.client("sqs"), target.client("dynamodb"), outputs, trigger, patience)
    click.echo(f"Job {trigger.job_id} succeeded in {environment} after {seconds:.1f} s")
