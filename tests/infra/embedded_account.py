"""An account for a test that needs one to itself."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deployment.product import product


@contextmanager
def embedded_account() -> Iterator[dict[str, str]]:
    """The variables of an embedded AWS that holds nothing yet and enforces IAM; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded_aws", "--port", "0", "--enforce-iam"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        endpoint = str(json.loads(process.stdout.readline())["endpoint"])
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": product().aws_region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
