"""Stands for aws-actions/configure-aws-credentials: this job's token, and the role for it if AWS agrees.

https://docs.github.com/en/actions/reference/security/oidc says which claims a token has.
"""

import os

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from flow_instrument import rights
from flow_stub import append, fail, given
from github_jobs import NAMES, token


def main() -> None:
    inputs = given()
    if os.environ.get("FLOW_FROM_A_FORK") or rights(os.environ["FLOW_TOKEN"]).get("id-token") != "write":
        fail("Credentials could not be loaded: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env var")
    role, account = inputs["role-to-assume"], inputs.get("allowed-account-ids")
    if account and role.split(":")[4] != account:
        fail(f"the role {role} is not of the account {account}")
    sts = boto3.client(
        "sts",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=inputs["aws-region"],
        config=Config(signature_version=UNSIGNED),
    )
    claims = {"sub": f"{NAMES}:{_place()}", "ref": os.environ["GITHUB_REF"], "aud": inputs["audience"]}
    try:
        taken = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=inputs["role-session-name"], WebIdentityToken=token(**claims)
        )["Credentials"]
    except ClientError as error:
        fail(f"Could not assume role with OIDC: {error.response['Error']['Message']}")
    append(
        "GITHUB_ENV",
        AWS_ACCESS_KEY_ID=taken["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=taken["SecretAccessKey"],
        AWS_SESSION_TOKEN=taken["SessionToken"],
        AWS_REGION=inputs["aws-region"],
        AWS_DEFAULT_REGION=inputs["aws-region"],
    )


def _place() -> str:
    """What the token's subject says of the job: its environment, else the event or the branch."""
    if environment := os.environ["FLOW_ENVIRONMENT"]:
        return f"environment:{environment}"
    if os.environ["GITHUB_EVENT_NAME"] == "pull_request":
        return "pull_request"
    return f"ref:{os.environ['GITHUB_REF']}"


main()
