"""`python -m embedded_aws --port PORT [--log FILE] [--enforce-iam] [--registry PLACE]`: AWS on loopback."""

import argparse
import json
import os
import re
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from embedded_aws.access_log import AccessLog
from embedded_aws.listener import listen

HIGHEST_PORT = 65_535
REGISTRY = re.compile(r"127\.0\.0\.1:[0-9]{1,5}")


def main() -> None:
    """Serve until SIGTERM or SIGINT (exit 0). Exit 2 with one sentence for an unusable port or log."""
    arguments = _parse_arguments()
    # Terraform attaches AWS-managed policies; moto reads this while it is imported.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        listener = listen(arguments.port)
    except OSError as error:
        _give_up(f"Port {arguments.port} cannot be used ({error.strerror}); choose another.")
    try:
        access_log = AccessLog(arguments.log)
    except OSError as error:
        _give_up(f"The log {arguments.log} cannot be written ({error.strerror}).")
    from embedded_aws.application import serve  # noqa: PLC0415  (moto takes a second: only once all is well)

    serve(listener, access_log, arguments.enforce_iam, arguments.registry, _announce)


def _give_up(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded_aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--log", type=Path, help="file for the access log (JSON lines); none by default")
    parser.add_argument("--enforce-iam", action="store_true", help="judge requests by IAM policies")
    parser.add_argument("--registry", help="127.0.0.1:PORT of the registry that holds ECR's images")
    arguments = parser.parse_args()
    if not 0 <= arguments.port <= HIGHEST_PORT:
        parser.error(f"--port {arguments.port}: a port is a number from 0 to {HIGHEST_PORT}")
    if arguments.registry and not REGISTRY.fullmatch(arguments.registry):
        parser.error(f"--registry {arguments.registry}: a registry is on this machine, as 127.0.0.1:PORT")
    return arguments


def _announce(endpoint: str) -> None:
    print(json.dumps({"endpoint": endpoint}), flush=True)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
