"""A folder for what nobody else may read, gone when the work ends, however it ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployment.interruption import Interruption


@contextmanager
def private_folder() -> Iterator[Path]:
    """A temporary folder that only its owner may enter; a signal ends the block like an error does.

    For the main thread. Only SIGKILL leaves the folder behind.
    """
    with Interruption() as interruption, tempfile.TemporaryDirectory(prefix="terraform-plan-") as folder:
        try:
            yield Path(folder)
        finally:
            interruption.begin_cleanup()
