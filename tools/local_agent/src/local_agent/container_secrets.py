"""Values of a container's secrets, from SSM parameters and Secrets Manager."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_agent.role_clients import AwsUnreachable, is_passing

UNREADABLE = "ResourceInitializationError: unable to pull secrets or registry auth"
ARN_FIELDS_OF_SECRET = 7  # arn:partition:secretsmanager:region:account:secret:name


class SecretError(Exception):
    """A secret cannot be read; the message becomes the task's stopped reason."""


def resolve(secrets: Mapping[str, str], client: Callable[[str], Any]) -> dict[str, str]:
    """Environment name to value. `client(service)` gives clients of the execution role.

    Raises SecretError, AwsUnreachable.
    """
    values = {}
    for name, value_from in secrets.items():
        failed = f"{UNREADABLE}: execution resource retrieval failed: unable to retrieve {value_from}"
        try:
            values[name] = _read(value_from, client)
        except LookupError as error:
            raise SecretError(f"{failed} for {name}: {error}") from None
        except (ClientError, BotoCoreError) as error:
            if is_passing(error):
                raise AwsUnreachable(str(error)) from None
            raise SecretError(f"{failed} for {name}: {error}") from None
    return values


def _read(value_from: str, client: Callable[[str], Any]) -> str:
    if ":secretsmanager:" in value_from:
        return _read_secret(value_from, client("secretsmanager"))
    name = value_from
    if value_from.startswith("arn:"):
        # arn:…:parameter/a/b names the parameter /a/b, and arn:…:parameter/b the parameter b or /b.
        name = value_from.partition(":parameter")[2]
        name = name if name.count("/") > 1 else name.lstrip("/")
    # The plural: it is what ECS calls, and what the execution role is given.
    found = client("ssm").get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    if not found:
        raise LookupError("invalid ssm parameters")
    return str(found[0]["Value"])


def _read_secret(value_from: str, client: Any) -> str:
    """`arn[:json-key[:version-stage[:version-id]]]`, each part may be empty."""
    parts = value_from.split(":")
    arn, options = ":".join(parts[:ARN_FIELDS_OF_SECRET]), [*parts[ARN_FIELDS_OF_SECRET:], "", "", ""]
    json_key, stage, version_id = options[:3]
    wanted = {"VersionStage": stage, "VersionId": version_id}
    answer = client.get_secret_value(SecretId=arn, **{key: value for key, value in wanted.items() if value})
    text = str(answer["SecretString"])
    if not json_key:
        return text
    try:
        return str(json.loads(text)[json_key])
    except (ValueError, KeyError, TypeError):
        raise SecretError(
            f"{UNREADABLE}: retrieved secret from Secrets Manager did not contain json key {json_key}"
        ) from None
