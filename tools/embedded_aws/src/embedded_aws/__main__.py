"""`python -m embedded_aws --port PORT [--log FILE] [--enforce-iam]`: serve AWS on loopback."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType


def main() -> None:
    """Serve until SIGTERM or SIGINT (exit 0). Exit 2 with one sentence when the port is taken."""
    arguments = _parse_arguments()
    # Terraform attaches AWS-managed policies; moto reads this while it is imported.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    from embedded_aws.http_server import listen  # noqa: PLC0415  (it imports moto)

    try:
        listener = listen(arguments.port)
    except OSError as error:
        print(f"Port {arguments.port} cannot be used ({error.strerror}); choose another.", file=sys.stderr)
        raise SystemExit(2) from None
    from embedded_aws.application import serve  # noqa: PLC0415  (slow: only once the port is ours)

    serve(listener, arguments.log, arguments.enforce_iam, _announce)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded_aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--log", type=Path, help="file for the access log (JSON lines); none by default")
    parser.add_argument("--enforce-iam", action="store_true", help="judge requests by IAM policies")
    return parser.parse_args()


def _announce(endpoint: str) -> None:
    print(json.dumps({"endpoint": endpoint}), flush=True)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
