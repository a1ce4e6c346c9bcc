"""How a run is spread over processes, and what its last line says of what was left out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import shutil

import pytest

@pytest.mark.slow
def test_takes_minutes(): ...

@pytest.mark.slow
def test_takes_hours(): ...

@pytest.mark.images
def test_uses_skopeo():
    assert shutil.which("skopeo")

@pytest.mark.browser
def test_shows_a_page():
    assert shutil.which("chromium")

@pytest.mark.aws_cli
def test_types_a_command():
    assert shutil.which("aws")

def test_is_quick(): ...
"""


SPREAD = pytest.mark.parametrize(
    "processes", [[], ["-n", "2", "--dist", "loadgroup"]], ids=["one", "several"]
)


def run(folder: Path, *options: str, **variables: str) -> tuple[int, str]:
    """Runs TESTS; the exit code, and the line that sums the run up."""
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n slow: long\n images: needs some\n browser: needs one\n aws_cli: needs it\n"
    )
    (folder / "test_them.py").write_text(TESTS)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("REQUIRE_")} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("Ran ")]
    return ran.returncode, line


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH on which every tool is that some tests need, and nothing else."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in ("buildah", "podman", "runc", "skopeo", "docker-registry", "mmdebstrap", "chromium", "aws"):
        (folder / tool).touch(mode=0o755)
    return folder


@SPREAD
@pytest.mark.parametrize(
    ("chosen", "end"),
    [(["-m", "not slow"], "left out 2 by 'not slow'"), ([], "nothing left out")],
    ids=["some", "all"],
)
def test_the_last_line_tells_what_was_left_out(
    tmp_path: Path, tools: Path, processes: list[str], chosen: list[str], end: str
) -> None:
    _, line = run(tmp_path, *processes, *chosen, PATH=str(tools))
    assert line.endswith(end)


@SPREAD
def test_tests_of_images_are_left_out_where_a_tool_is_missing(
    tmp_path: Path, tools: Path, processes: list[str]
) -> None:
    (tools / "skopeo").unlink()
    code, line = run(tmp_path, *processes, "-m", "not slow", PATH=str(tools))
    assert code == 0
    assert line.endswith("left out 1 for want of skopeo, 2 by 'not slow'")


def test_tests_of_images_run_where_the_tools_are_and_where_they_must_be(tmp_path: Path, tools: Path) -> None:
    assert run(tmp_path, PATH=str(tools))[1].endswith("nothing left out")
    (tools / "skopeo").unlink()
    code, line = run(tmp_path, PATH=str(tools), REQUIRE_IMAGE_TOOLS="1")
    assert code == 1, "a test that finds no skopeo must fail"
    assert line.endswith("nothing left out")


@pytest.mark.parametrize(("tool", "required"), [("chromium", "REQUIRE_BROWSER"), ("aws", "REQUIRE_AWS_CLI")])
def test_tests_with_one_tool_are_left_out_where_it_is_missing_and_fail_where_it_must_be(
    tmp_path: Path, tools: Path, tool: str, required: str
) -> None:
    (tools / tool).unlink()
    code, line = run(tmp_path, PATH=str(tools))
    assert (code, line.rpartition("; ")[2]) == (0, f"left out 1 for want of {tool}")

    code, line = run(tmp_path, PATH=str(tools), **{required: "1"})
    assert (code, line.rpartition("; ")[2]) == (1, "nothing left out")


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
