"""`pipeline bootstrap`."""

import os
from dataclasses import replace
from pathlib import Path

import click
from deployment.aws_errors import one_sentence
from deployment.bootstrap import bucket_exists, ensure_state_bucket, state_bucket_name
from deployment.errors import BadInput, ToolError
from deployment.outputs import read_state
from deployment.product import PLACE, Product, read_product, write_product
from deployment.repository import find_repository, local_folder
from deployment.roots import SHARED, Root, find_account, find_root, initialise, terraform_variables
from deployment.target import Target

from pipeline.bootstrap.github_settings import github_script
from pipeline.bootstrap.oidc_provider import foreign_provider
from pipeline.bootstrap.repository_facts import find_repository_on_github

_MOST_REVIEWERS = 6


@click.command()
@click.option("--profile", help="AWS profile of an administrator of the account.  [default: AWS_PROFILE]")
@click.option("--repository", help="OWNER/NAME on GitHub.  [default: product.json's, else git's origin]")
@click.option("--owner-id", help="GitHub's number of the owner.  [default: asked by gh]")
@click.option("--repository-id", help="GitHub's number of the repository.  [default: asked by gh]")
@click.option("--reviewer", "reviewers", multiple=True, help="User on GitHub who approves; up to six.")
@click.option("--without-github", is_flag=True, help="Make the bucket and the root shared alone.")
@click.option("--bucket-only", is_flag=True, help="Make the bucket of the states, and nothing else.")
@click.option("--yes", is_flag=True, help="Apply without Terraform's question.")
def bootstrap(
    *,
    profile: str | None,
    repository: str | None,
    owner_id: str | None,
    repository_id: str | None,
    reviewers: tuple[str, ...],
    without_github: bool,
    bucket_only: bool,
    yes: bool,
) -> None:
    """Day 1 in an account: the bucket of the states, the root shared, and what to set on GitHub.

    For an administrator; safe to run again, it does what is left to do.
    """
    if len(reviewers) > _MOST_REVIEWERS:
        raise BadInput(f"--reviewer is given {len(reviewers)} times; GitHub takes {_MOST_REVIEWERS} at most.")
    clone = find_repository()
    ours = read_product(clone / PLACE)
    root = find_root(SHARED, clone)
    target = find_account(root, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    if bucket_only:
        _make_bucket(root, target)
        return
    _refuse_local_stack(target)
    if not without_github:
        given = (repository, owner_id, repository_id)
        known = ours.github if not any(given) else None
        ours = replace(ours, github=known or find_repository_on_github(clone, *given))
    ours = _with_provider(replace(ours, aws_account_id=target.account_id), target)
    _write(clone, ours)
    _apply(root, target, profile, ask=not yes)
    _tell(clone, ours, list(reviewers))


def _refuse_local_stack(target: Target) -> None:
    if target.is_local:
        raise ToolError(
            "AWS_ENDPOINT_URL leads to the local stack, where `make up` does all of this; "
            "open a new shell for an account, or give --profile."
        )


def _make_bucket(root: Root, target: Target) -> str:
    with one_sentence(target.name):
        bucket = ensure_state_bucket(target.client("s3"), target.account_id, root.region)
    click.echo(f"The states are in s3://{bucket}.")
    return bucket


def _with_provider(ours: Product, target: Target) -> Product:
    if ours.github is None:
        return ours
    with one_sentence(target.name):
        bucket = state_bucket_name(target.account_id)
        s3 = target.client("s3")
        state = read_state(s3, bucket, SHARED) if bucket_exists(s3, bucket, target.account_id) else None
        return replace(ours, existing_github_provider_arn=foreign_provider(target.client("iam"), state))


def _write(clone: Path, ours: Product) -> None:
    if ours == read_product(clone / PLACE):
        return
    write_product(clone / PLACE, ours)
    repository = f", deployed by {ours.github.full_name}" if ours.github else ""
    click.echo(f"{PLACE} now names account {ours.aws_account_id}{repository}. Commit it: workflows read it.")


def _apply(root: Root, target: Target, profile: str | None, *, ask: bool) -> None:
    bucket = _make_bucket(root, target)
    terraform = initialise(root, target, bucket, terraform_variables(target, profile))
    if terraform.run_visibly("apply", *([] if ask else ["-auto-approve"])):
        raise ToolError(
            "The root shared was not applied; Terraform says why above. Run the same command again to go on."
        )


def _tell(clone: Path, ours: Product, reviewers: list[str]) -> None:
    if ours.github is None or ours.aws_account_id is None:
        click.echo("Next: `make apply ENV=dev`.")
        return
    roots = sorted(path.parent.name for path in clone.glob("infra/envs/*/backend.tf"))
    script = local_folder(clone) / "github-settings.sh"
    script.write_text(github_script(ours.github, ours.aws_account_id, roots, reviewers))
    approvals = ", ".join(f"{root}-approval" for root in roots)
    approvers = ", ".join(reviewers) or "those that are set; --reviewer names some"
    click.echo(
        f"To set on GitHub, for {ours.github.full_name}:\n"
        f"  variable     AWS_ACCOUNT_ID = {ours.aws_account_id}\n"
        f"  environments {', '.join(roots)}: jobs on main alone\n"
        f"  environments {approvals}: reviewers: {approvers}\n"
        "  main         by pull request, one review, code owners, the check all-green; a merge queue\n"
        f"All of it by gh:  bash {script.relative_to(clone)}\n"
        f"Then commit {PLACE}, push, and merge: the workflow Deploy does the rest."
    )
