"""What the tests of the tree share."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tree() -> dict[str, str]:
    """Every file that git does not ignore → its text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [name for name in listed.split("\0") if (ROOT / name).is_file()]
    return {name: (ROOT / name).read_text(errors="replace") for name in files}
