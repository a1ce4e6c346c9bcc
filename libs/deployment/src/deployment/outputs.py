"""The Terraform outputs of an environment, read from its state in S3.

The state's object is read rather than `terraform output` run: that would need `init`, and with it 700 MB of
providers, only to print what the object holds. Nothing is cached, so nothing can be out of date.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deployment.aws_errors import error_code
from deployment.errors import NoStateError, ToolError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The format that Terraform has written since 0.12.
_STATE_VERSION = 4


@dataclass(frozen=True)
class Outputs:
    """Name → value, e.g. `sqs_main_job_triggers_queue_url`."""

    environment: str
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """The value of an output; raises ToolError when the environment has none of that name."""
        try:
            return self.values[name]
        except KeyError:
            raise ToolError(
                f"The state of {self.environment} has no output {name}; was its apply finished?"
            ) from None


def read_outputs(s3: "S3Client", bucket: str, environment: str, *, key: str = "") -> Outputs:
    """The outputs of `<environment>/terraform.tfstate`, or of a root with another key.

    Raises NoStateError when there is no state.
    """
    state = read_state(s3, bucket, environment, key=key)
    if state is None:
        raise NoStateError(
            f"There is no Terraform state s3://{bucket}/{key or _state_key(environment)}; "
            f"apply infra/envs/{environment} first."
        )
    values = {name: output.get("value") for name, output in state.get("outputs", {}).items()}
    return Outputs(environment, values)


def _state_key(root: str) -> str:
    return f"{root}/terraform.tfstate"


def read_state(s3: "S3Client", bucket: str, root: str, *, key: str = "") -> dict[str, Any] | None:
    """The state of a root as Terraform wrote it (`outputs`, `resources`); None when there is none.

    `key`: where it is, for a root outside of infra/envs.
    """
    key = key or _state_key(root)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in {"NoSuchKey", "NoSuchBucket", "404"}:
            return None
        raise
    try:
        state: dict[str, Any] = json.loads(body)
    except ValueError:
        raise ToolError(
            f"The state s3://{bucket}/{key} cannot be read: it is no JSON; "
            "docs/disaster.md has the way to bring its previous version back."
        ) from None
    if state.get("version") != _STATE_VERSION:
        raise ToolError(f"The state s3://{bucket}/{key} has version {state.get('version')}, not 4.")
    return state
