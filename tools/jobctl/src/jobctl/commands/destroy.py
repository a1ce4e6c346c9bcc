"""`jobctl destroy`."""

import os
from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError
from deployment.aws_errors import error_code, one_sentence
from deployment.errors import BadInput, ToolError
from deployment.outputs import read_state
from deployment.repository import find_repository
from deployment.roots import (
    SHARED,
    find_account,
    find_root,
    find_state_bucket,
    initialise,
    terraform_variables,
)
from deployment.target import Target

from jobctl.commands.typed_name import ask_for_name
from jobctl.queues import read_depths

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_HOW = "docs/operations.md#remove-an-environment"


@click.command()
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
@click.argument("environment")
def destroy(environment: str, profile: str | None) -> None:
    """Destroy ENVIRONMENT with its messages, jobs and results, once its name is typed."""
    root = find_root(environment, find_repository())
    if root.name == SHARED:
        raise BadInput(f"ENV is 'shared', which holds the images of all environments and stays; {_HOW}.")
    target = find_account(root, profile, os.environ)
    target.environment = root.name
    click.echo(f"Target: {target.name}", err=True)
    bucket = find_state_bucket(root, target, profile)
    with one_sentence(target.name):
        _refuse_nothing(target, bucket)
        _refuse_protected(target)
    click.echo(f"{root.name} goes with its services, queues, ledger, results and logs; {_messages(target)}.")
    ask_for_name(root.name, "Nothing was destroyed")
    terraform = initialise(root, target, bucket, terraform_variables(target, profile))
    if terraform.run_visibly("destroy", "-auto-approve"):
        raise ToolError(f"Not all of {root.name} was destroyed; Terraform says why above. {_HOW}.")
    click.echo("The state bucket and shared stay; keys can be brought back for 30 days.")


def _refuse_nothing(target: Target, bucket: str) -> None:
    state = read_state(target.client("s3"), bucket, target.environment)
    if not (state or {}).get("resources"):
        raise ToolError(f"There is nothing of {target.environment} in {target.name}.")


def _refuse_protected(target: Target) -> None:
    """Terraform learns of it only after it has deleted what is not protected: queues with their messages."""
    dynamodb: DynamoDBClient = target.client("dynamodb")
    # A destroy that ended half-way may have taken the output, or the table.
    name = target.outputs.values.get("ledger_table_name")
    try:
        table = dynamodb.describe_table(TableName=name)["Table"] if name else {}
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return
    if table.get("DeletionProtectionEnabled"):
        raise ToolError(
            f"The records of {target.environment} are protected: first set deletion_protection = false in "
            f"infra/envs/{target.environment}/main.tf, have it reviewed and deployed; {_HOW}."
        )


def _messages(target: Target) -> str:
    try:
        depths = read_depths(target)
    except (ClientError, ToolError):
        return "how many messages are left cannot be seen"
    held = sum(depth.visible + depth.in_flight + depth.delayed for depth in depths)
    return f"{held} messages are waiting or in work, {sum(depth.dead for depth in depths)} are dead"
