"""Wrong clocks for single processes: wrong_clock.c, compiled for the run, loaded before the C library.

libfaketime would do the same, but Debian's makes Python's time.sleep fail.
"""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("wrong_clock.c")
OFFSET_FILE = "clock_offset"  # in the process's home; wrong_clock.c reads it


def build_clock(folder: Path) -> Path | None:
    """The compiled library; None where there is no C compiler: clocks then stay right."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "wrong_clock.so"
    subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)],
        check=True,
        timeout=120,
    )
    return library


def set_clock(home: Path, offset_seconds: float) -> None:
    """The clock of the process with this home is off by so much, within a tenth of a second."""
    fresh = home / "clock_offset.new"
    fresh.write_text(f"{offset_seconds:.0f}\n")
    fresh.replace(home / OFFSET_FILE)
