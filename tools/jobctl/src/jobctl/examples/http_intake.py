"""`examples/http_intake` on this machine."""

import json
import time
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import ClientError
from deployment.errors import ToolError
from deployment.target import Target

from jobctl.examples.running import Example, Running
from jobctl.stack.layout import Layout

# Nobody else can reach the local stack: a token that everybody knows is right for it.
TOKEN = "local-token"  # noqa: S105
PAYLOAD = {"token": TOKEN, "email_timestream": "2025-06-09T10:30:45.123Z"}
TIMEOUT_SECONDS = 60.0
_PREFIX = "http-intake-dev"
_POLL_SECONDS = 0.25


def _put_token(target: Target) -> None:
    target.client("ssm").put_parameter(Name="/api/token", Value=TOKEN, Type="SecureString", Overwrite=True)


def _usage(running: Running) -> list[str]:
    """Sends a first submission, and waits for its object; raises ToolError."""
    address, bucket = running.addresses[f"{_PREFIX}-api-service"], running.outputs["bucket_name"]
    answer = requests.post(f"{address}/submit", json=PAYLOAD, timeout=TIMEOUT_SECONDS)
    if not answer.ok:
        raise ToolError(f"{address}/submit answered {answer.status_code}: {answer.text}")
    key = f"{answer.headers['Job-Id']}/1"
    stored = _stored(running.target.client("s3"), bucket, key)
    return [
        f"A first submission is stored as s3://{bucket}/{key}:",
        json.dumps(stored),
        "Another one:",
        f"curl -i -X POST {address}/submit -H 'Content-Type: application/json' -d '{json.dumps(PAYLOAD)}'",
        f"aws s3 cp s3://{bucket}/$JOB_ID/1 -   # JOB_ID: the answer's header Job-Id",
    ]


def _stored(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError:
            time.sleep(_POLL_SECONDS)
        else:
            return found
    raise ToolError(f"The submission was accepted, and there is no s3://{bucket}/{key} yet.")


EXAMPLE = Example(
    layout=Layout(
        roots={"http_intake": Path("examples/http_intake/infra")},
        main_root="http_intake",
        cluster=f"{_PREFIX}-cluster",
        services=tuple(f"{_PREFIX}-{name}-service" for name in ("main-job", "background-job", "api")),
        images={
            "http-intake-main-job": Path("services/main_job"),
            "http-intake-background-job": Path("services/background_job"),
            "http-intake-api": Path("examples/http_intake/api"),
        },
    ),
    state_key="examples/http-intake/dev.tfstate",
    prepare=_put_token,
    usage=_usage,
)
