"""Which AWS a command talks to: the local stack, or an account that was named on the command line."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from deployment.aws_errors import error_code, one_sentence
from deployment.bootstrap import state_bucket_name
from deployment.errors import ToolError
from deployment.names import named_outputs, queues_url
from deployment.outputs import Outputs, read_outputs
from deployment.product import LOCAL_ACCOUNT_ID, PLACE, product
from deployment.repository import find_repository
from deployment.stack_paths import STATE_DIR_VARIABLE, StackPaths
from deployment.variables import client_variables, read_env_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOCAL_ENVIRONMENT = "dev"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# A person waits: give up after some seconds rather than after botocore's minutes.
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 4, "mode": "standard"})


@dataclass
class Target:
    """`name` goes into sentences; `environment` is the root whose outputs say what is where."""

    name: str
    environment: str
    session: boto3.Session
    endpoint: str | None = None
    account_id: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A boto3 client, made once."""
        if service not in self._clients:
            with one_sentence(self.name):
                make: Any = self.session.client
                self._clients[service] = make(service, endpoint_url=self.endpoint, config=_CONFIG)
        return self._clients[service]

    @property
    def is_local(self) -> bool:
        """Whether it is the embedded AWS on this machine."""
        return self.endpoint is not None

    @cached_property
    def outputs(self) -> Outputs:
        """The Terraform outputs of the environment, read from its state.

        Whoever may not read that, such as a load test's job, gets those that follow from names.
        """
        with one_sentence(self.name):
            account_id = self.account_id or self.client("sts").get_caller_identity()["Account"]
            s3: S3Client = self.client("s3")
            try:
                return read_outputs(s3, state_bucket_name(account_id), self.environment)
            except ClientError as error:
                if error_code(error) != "AccessDenied":
                    raise
        queues = queues_url(account_id, str(self.session.region_name), self.endpoint)
        return named_outputs(product(), self.environment, queues)


def local_target(endpoint: str, outputs: Outputs | None = None, region: str | None = None) -> Target:
    """The local stack at an endpoint; nothing of the person's own AWS settings is looked at.

    `region`: another than the product's, for a root of its own.
    """
    variables = client_variables(endpoint)
    nothing = (None, None, None, None)
    # Without these overrides botocore reads AWS_PROFILE and fails when that profile does not exist.
    core = botocore.session.Session(
        session_vars={
            "profile": nothing,
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    core.set_credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
    session = boto3.Session(botocore_session=core, region_name=region or product().aws_region)
    target = Target(f"the local stack ({endpoint})", LOCAL_ENVIRONMENT, session, endpoint)
    if outputs is not None:
        target.outputs = outputs
    return target


def choose_target(profile: str | None, region: str | None, environment: str | None) -> Target:
    """The account when `--profile` or `--env` was given, else the local stack; raises ToolError."""
    if profile or environment:
        return account_target(profile, region, environment or LOCAL_ENVIRONMENT)
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        if urlsplit(endpoint).hostname not in LOOPBACK:
            raise ToolError(
                f"AWS_ENDPOINT_URL is {endpoint}, which is not this machine; "
                "give --env and --profile to use an account."
            )
        return local_target(endpoint)
    folder = os.environ.get(STATE_DIR_VARIABLE) or find_repository() / ".local/stack"
    endpoint = read_env_file(StackPaths(Path(), Path(folder)).env_file).get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        raise ToolError(
            "No local stack is running; start one with `make up`, or give --env and --profile for an account."
        )
    return local_target(endpoint)


def account_target(profile: str | None, region: str | None, environment: str) -> Target:
    """The account of a profile, or of the credentials in use; raises ToolError when there are none."""
    with one_sentence("AWS"):
        # Everything is in the product's region, whatever the profile or the shell is set to.
        session = boto3.Session(profile_name=profile, region_name=region or product().aws_region)
        make: Any = session.client
        account_id = str(make("sts", config=_CONFIG).get_caller_identity()["Account"])
    _check_account(account_id)
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    through = f" through {endpoint}" if endpoint else ""
    name = f"{environment} in account {account_id}, {session.region_name}{through}"
    return Target(name, environment, session, account_id=account_id)


def _check_account(account_id: str) -> None:
    """Raises ToolError for another account than the product's; the local stack's is always fine."""
    wanted = product().aws_account_id
    if wanted and account_id not in (wanted, LOCAL_ACCOUNT_ID):
        raise ToolError(
            f"These credentials are for account {account_id}, but {PLACE} names {wanted}; "
            "choose another profile with --profile or AWS_PROFILE."
        )
