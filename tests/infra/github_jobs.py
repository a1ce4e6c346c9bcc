"""Jobs of GitHub, as AWS sees them: a token with claims, and the role that it may take."""

import base64
import json
from typing import Any

import boto3
from botocore.exceptions import ClientError
from deployment.product import product

ACCOUNT = "123456789012"
PROJECT, REGION = product().project_name, product().aws_region
REPOSITORY = {"owner": "example-org", "name": "jobs", "owner_id": "4211", "repository_id": "987654"}
NAMES = "repo:example-org/jobs"
WITH_IDS = "repo:example-org@4211/jobs@987654"
MAIN = "refs/heads/main"
TERRAFORM_VARIABLE = {"TF_VAR_github": json.dumps(REPOSITORY)}


def token(**claims: str) -> str:
    """A token of GitHub's with these claims beside those that every job of this repository has."""
    every = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "sts.amazonaws.com",
        "repository_id": REPOSITORY["repository_id"],
    }

    def part(content: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(every | claims)}.signature"


def take(env: dict[str, str], role: str, **claims: str) -> dict[str, str]:
    """The environment of a job that took `role` (`plan`); raises ClientError where it may not."""
    make: Any = boto3.client
    sts = make("sts", endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_REGION"])
    keys = sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-github-{role}",
        RoleSessionName="job",
        WebIdentityToken=token(**claims),
    )["Credentials"]
    return env | {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


def may_take(env: dict[str, str], role: str, **claims: str) -> bool:
    """Whether a job with these claims gets the role."""
    try:
        take(env, role, **claims)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "InvalidIdentityToken")
        return False
    return True


def client(env: dict[str, str], service: str) -> Any:
    """A client with the keys of an environment."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env.get("AWS_SESSION_TOKEN"),
    )
