"""How a run is spread over processes, and what its last line says of what was left out."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.slow
def test_takes_minutes(): ...

@pytest.mark.slow
def test_takes_hours(): ...

def test_is_quick(): ...
"""


@pytest.mark.parametrize("processes", [[], ["-n", "2", "--dist", "loadgroup"]], ids=["one", "several"])
@pytest.mark.parametrize(
    ("chosen", "end"),
    [(["-m", "not slow"], "left out 2 by 'not slow'"), ([], "nothing left out")],
    ids=["some", "all"],
)
def test_the_last_line_tells_what_was_left_out(
    tmp_path: Path, processes: list[str], chosen: list[str], end: str
) -> None:
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: takes long\n")
    (tmp_path / "test_them.py").write_text(TESTS)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *processes, *chosen],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("Ran ")]
    assert line.endswith(end), ran.stdout


def test_the_tests_of_a_file_stay_in_one_process(tmp_path: Path) -> None:
    """Else each process makes for itself what they share, a whole stack for instance."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(
            "import os, pathlib, pytest\n\n"
            "@pytest.mark.parametrize('number', range(20))\n"
            "def test_notes_its_process(number):\n"
            f"    (pathlib.Path('ran-{name}-' + os.environ['PYTEST_XDIST_WORKER'])).touch()\n"
        )
    subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    for name in ("a", "b"):
        assert len(list(tmp_path.glob(f"ran-{name}-*"))) == 1
