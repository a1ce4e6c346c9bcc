"""Whose credentials a command in a root uses."""

from pathlib import Path

import pytest
from deployment.roots import Root, find_account
from deployment.target import local_target

DEV = Root("dev", Path("infra/envs/dev"), "us-east-1")


def test_on_the_local_stack_a_roles_credentials_are_used_as_they_are(
    aws_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = (
        local_target(aws_endpoint)
        .client("sts")
        .assume_role(RoleArn="arn:aws:iam::111122223333:role/operator", RoleSessionName="test")["Credentials"]
    )
    environment = {
        "AWS_ENDPOINT_URL": aws_endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    as_role = find_account(DEV, None, environment)
    without_one = find_account(DEV, None, environment | {"AWS_SESSION_TOKEN": ""})

    assert (as_role.account_id, as_role.is_local) == ("111122223333", False)
    assert as_role.name == f"dev in account 111122223333, us-east-1 through {aws_endpoint}"
    assert (without_one.account_id, without_one.is_local) == ("123456789012", True)
