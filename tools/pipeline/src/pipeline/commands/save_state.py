"""`pipeline save-state ROOT`."""

import os

import click
from deployment.aws_errors import one_sentence
from deployment.errors import ToolError
from deployment.repository import find_repository
from deployment.roots import find_account, find_root, find_state_bucket, initialise, terraform_variables

from pipeline.apply.terraform_apply import forget_unsaved_state, read_lock, unsaved_state


@click.command()
@click.argument("root")
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def save_state(root: str, profile: str | None) -> None:
    """Save ROOT's state that an apply on this machine could not save, with credentials that are valid again.

    Releases the lock that the apply has left, and no other. Terraform refuses when the state has moved on.
    """
    place = find_root(root, find_repository())
    target = find_account(place, profile, os.environ)
    bucket = find_state_bucket(place, target, profile)
    terraform = initialise(place, target, bucket, terraform_variables(target, profile))
    found = unsaved_state(terraform)
    if found is None:
        click.echo(f"Every state of {root} that was made here is saved.")
        return
    file, lock_id = found
    with one_sentence(target.name):
        lock = read_lock(target.client("s3"), bucket, root)
    if lock is not None and lock.get("ID") != lock_id:
        raise ToolError(
            f"The state of {root} is locked by {lock.get('Who')} since {lock.get('Created')}, and that is "
            f"not the run which left {file}; see what it does first: docs/disaster.md#the-state-is-locked"
        )
    if lock is not None:
        terraform.output("force-unlock", "-force", str(lock_id))
    terraform.output("state", "push", str(file))
    forget_unsaved_state(terraform)
    click.echo(f"Saved the state of {root}; start the deploy again: it does the rest.")
