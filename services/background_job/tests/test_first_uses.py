"""A worker's first jobs come to several threads at once; msgspec crashes where a type is new to it then."""

import subprocess
import sys
from pathlib import Path

import first_uses
import pytest

PROGRAM = Path(first_uses.__file__)
# Of 500 starts without the remedy 67 died at the job, 48 at the record.
STARTS = 200


@pytest.mark.parametrize("name", first_uses.USES)
def test_threads_that_use_a_type_first_and_at_once_do_not_crash_the_worker(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), name, str(STARTS)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("0", "")
