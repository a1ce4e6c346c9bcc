"""`jobctl`, also as `python -m jobctl`."""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import click

from jobctl.cli import cli
from jobctl.errors import JobctlError


def main() -> None:
    """Runs a command; a failure is one sentence on stderr, exit code 1, or 2 for bad input."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("Interrupted.", 130)
    except JobctlError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted; Python must not complain about the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        _fail(f"{type(error).__name__}: {error}; this is a fault of jobctl, see {_write_down(error)}", 1)
    raise SystemExit(code if isinstance(code, int) else 0)


def _write_down(error: Exception) -> Path:
    """The traceback, for whoever mends it."""
    place = Path(tempfile.gettempdir()) / f"jobctl-error-{os.getpid()}.log"
    place.write_text("".join(traceback.format_exception(error)))
    return place


def _fail(sentence: str, exit_code: int) -> None:
    print(f"jobctl: {sentence}", file=sys.stderr)
    raise SystemExit(exit_code) from None


if __name__ == "__main__":
    main()
