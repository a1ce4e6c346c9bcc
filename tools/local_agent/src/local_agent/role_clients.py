"""AWS clients of the agent itself, of execution roles and of task roles."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

LIFETIME = timedelta(hours=1)
# SDKs renew credentials when less than 15 minutes are left, so what they are given must hold longer.
RENEW_BEFORE = timedelta(minutes=20)
FAST = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


class AwsUnreachable(Exception):
    """The embedded AWS does not answer; try again."""


class RoleError(Exception):
    """A role cannot be assumed by a task; the message becomes the task's stopped reason."""


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    role_arn: str
    access_key_id: str
    secret_access_key: str
    token: str
    expiration: datetime


def is_passing(error: Exception) -> bool:
    """Whether an AWS error is worth another try: no answer, throttling, or a fault of the service."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or "Throttl" in code or code in {"RequestLimitExceeded", "ExpiredToken"}  # noqa: PLR2004
    return isinstance(error, ConnectionError | HTTPClientError)


class RoleClients:
    """Makes clients, and assumes roles for tasks as ECS does."""

    def __init__(
        self, endpoint_url: str, region: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._endpoint_url, self._now = endpoint_url, now
        # One session: it reads each service's model once. Called under the lock, for it is not thread-safe.
        self._session = boto3.Session(region_name=region)
        self._lock = threading.Lock()
        self._credentials: dict[tuple[str, str], Credentials] = {}
        self._clients: dict[tuple[str, Credentials | None], Any] = {}

    def own(self, service: str) -> Any:
        """A client with the agent's own credentials."""
        return self._client(service, None)

    def of_role(self, service: str, role_arn: str | None, session_name: str) -> Any:
        """A client with a role's credentials; with the agent's own where there is no role."""
        return self._client(service, self.assume(role_arn, session_name) if role_arn else None)

    def assume(self, role_arn: str, session_name: str) -> Credentials:
        """Credentials that hold for 20 minutes at least. Raises RoleError, AwsUnreachable."""
        with self._lock:
            held = self._credentials.get((role_arn, session_name))
        if held is not None and held.expiration - self._now() > RENEW_BEFORE:
            return held
        fresh = self._assume(role_arn, session_name)
        with self._lock:
            self._credentials[role_arn, session_name] = fresh
            self._clients = {key: client for key, client in self._clients.items() if key[1] != held}
        return fresh

    def check_trust(self, role_arn: str) -> None:
        """Raise RoleError unless the role exists and ECS tasks may assume it; AwsUnreachable."""
        try:
            role = self.own("iam").get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        except (ClientError, BotoCoreError) as error:
            raise self._translate(error, role_arn) from None
        if "ecs-tasks.amazonaws.com" not in str(role["AssumeRolePolicyDocument"]):
            raise RoleError(_not_assumable(role_arn))

    def forget(self) -> None:
        """Drop all credentials: the embedded AWS was restarted and knows them no longer."""
        with self._lock:
            self._credentials.clear()
            self._clients.clear()

    def forget_session(self, session_name: str) -> None:
        """Drop what was held for one task."""
        with self._lock:
            gone = {held for (_, name), held in self._credentials.items() if name == session_name}
            self._credentials = {k: held for k, held in self._credentials.items() if k[1] != session_name}
            self._clients = {key: client for key, client in self._clients.items() if key[1] not in gone}

    def _client(self, service: str, credentials: Credentials | None) -> Any:
        with self._lock:
            if (service, credentials) not in self._clients:
                self._clients[service, credentials] = self._make(service, credentials)
            return self._clients[service, credentials]

    def _make(self, service: str, credentials: Credentials | None) -> Any:
        keys: dict[str, str] = {}
        if credentials is not None:
            keys = {
                "aws_access_key_id": credentials.access_key_id,
                "aws_secret_access_key": credentials.secret_access_key,
                "aws_session_token": credentials.token,
            }
        client: Any = self._session.client
        return client(service, endpoint_url=self._endpoint_url, config=FAST, **keys)

    def _assume(self, role_arn: str, session_name: str) -> Credentials:
        try:
            answer = self.own("sts").assume_role(
                RoleArn=role_arn,
                RoleSessionName=session_name,
                DurationSeconds=int(LIFETIME.total_seconds()),
            )["Credentials"]
        except (ClientError, BotoCoreError) as error:
            raise self._translate(error, role_arn) from None
        return Credentials(
            role_arn,
            answer["AccessKeyId"],
            answer["SecretAccessKey"],
            answer["SessionToken"],
            answer["Expiration"],
        )

    def _translate(self, error: Exception, role_arn: str) -> Exception:
        if is_passing(error):
            return AwsUnreachable(str(error))
        return RoleError(_not_assumable(role_arn))


def _not_assumable(role_arn: str) -> str:
    return (
        f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that "
        "the role being passed has the proper trust relationship and permissions."
    )
