"""Runs `jobctl load`, and lets it stop by itself when a signal comes: it then reports what it has."""

import signal
import subprocess
import time
from collections.abc import Sequence

from deployment.errors import Interrupted
from deployment.interruption import Interruption

_LOOK_SECONDS = 0.1


def run_load(command: Sequence[str], stop_seconds: float = 60) -> int:
    """The exit code; after a signal that of whoever was interrupted, at most `stop_seconds` later."""
    # A session of its own: a terminal's Ctrl-C would come to it twice, and the second one makes it hurry.
    with Interruption() as interruption:
        process: subprocess.Popen[bytes] | None = None
        try:
            with interruption.deferred():
                process = subprocess.Popen(command, start_new_session=True)
            return process.wait()
        except Interrupted as error:
            if process is None:
                raise
            _stop(process, interruption, stop_seconds)
            return error.exit_code


def _stop(process: "subprocess.Popen[bytes]", interruption: Interruption, stop_seconds: float) -> None:
    process.send_signal(signal.SIGINT)
    end = time.monotonic() + stop_seconds
    while process.poll() is None and time.monotonic() < end and not interruption.hurry:
        time.sleep(_LOOK_SECONDS)
    if process.poll() is None:
        process.kill()
    process.wait()
