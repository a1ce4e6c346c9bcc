"""`pipeline settings`."""

import click
from deployment.errors import BadInput, ToolError
from deployment.product import PLACE, product


@click.command()
@click.option("--role", help="Role that a job is to take: plan, publish, apply-<root> or load-<environment>.")
@click.option("--account", help="Account of the role; must be the file's where that names one.")
def settings(role: str | None, account: str | None) -> None:
    """Print what infra/envs/product.json sets, name=value line by line, as $GITHUB_OUTPUT takes it."""
    ours = product()
    if account and ours.aws_account_id not in (None, account):
        raise ToolError(
            f"The account is {account}, but {PLACE} names {ours.aws_account_id}; "
            "set the repository's variable AWS_ACCOUNT_ID on GitHub to that, or change the file."
        )
    account = account or ours.aws_account_id
    click.echo(f"project={ours.project_name}\nregion={ours.aws_region}")
    if role:
        if not account:
            raise BadInput(
                f"No account is known for the role; give --account, or set aws_account_id in {PLACE}."
            )
        click.echo(f"role-arn={ours.role_arn(role, account)}")
