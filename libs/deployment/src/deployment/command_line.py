"""How the command-line tools end: one sentence for a failure, and an exit code that says its kind."""

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

import click

from deployment.errors import Interrupted, ToolError


def run(tool: str, cli: click.Command, arguments: list[str] | None = None) -> NoReturn:
    """Runs a command; a failure is one sentence on stderr, exit code 1, or 2 for bad input."""
    try:
        code = cli.main(arguments, prog_name=tool, standalone_mode=False)
    except click.ClickException as error:
        _fail(tool, error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(tool, "Interrupted.", 130)
    except (ToolError, Interrupted) as error:
        _fail(tool, str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted; Python must not complain about the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        fault = f"{type(error).__name__}: {error}; this is a fault of {tool}, see {_write_down(tool, error)}"
        _fail(tool, fault, 1)
    raise SystemExit(code if isinstance(code, int) else 0)


def _write_down(tool: str, error: Exception) -> Path:
    """The traceback, for whoever mends it."""
    place = Path(tempfile.gettempdir()) / f"{tool}-error-{os.getpid()}.log"
    place.write_text("".join(traceback.format_exception(error)))
    return place


def _fail(tool: str, sentence: str, exit_code: int) -> NoReturn:
    print(f"{tool}: {sentence}", file=sys.stderr)
    raise SystemExit(exit_code) from None
