"""The container's health check: `python -m queue_worker.health`."""

import os
import sys

from queue_worker.sign_of_life import health_file, problem


def main() -> int:
    """0 when the worker shows a fresh sign of life, else 1 and a sentence on stderr."""
    if sentence := problem(health_file(os.environ)):
        print(sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
