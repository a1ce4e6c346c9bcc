"""`jobctl bootstrap`."""

from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.bootstrap import ensure_state_bucket

from jobctl.commands.options import as_json, find_target, print_json, target_options


@click.command()
@target_options
@as_json
def bootstrap(json_wanted: bool, **target_choice: Any) -> None:
    """Make the bucket for Terraform's state in an account (give --env or --profile); safe to repeat."""
    target = find_target(**target_choice, quiet=json_wanted)
    with one_sentence(target.name):
        account_id = target.account_id or target.client("sts").get_caller_identity()["Account"]
        region = target.session.region_name
        bucket = ensure_state_bucket(target.client("s3"), account_id, region)
    if json_wanted:
        print_json({"bucket": bucket, "region": region, "accountId": account_id})
    else:
        click.echo(f"The state bucket is {bucket}; next: `make apply ENV=shared`")
