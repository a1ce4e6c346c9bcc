"""In an image is what runs, and nothing else; nobody in it can change a file."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest
from deployment.release import SERVICES
from image_engines import Engines
from image_inputs import REPOSITORY, base_image_name
from image_layers import WHITEOUT, File, added, installed, locked, own_files, packages

# The first test waits for all that is built, in a new clone also for what it is built from.
pytestmark = [pytest.mark.images, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]
UNWANTED = {
    "a test": re.compile(r"/(tests?|testing)/|/(test_[^/]*|conftest)\.py"),
    "a script": re.compile(r"\.(sh|bash|bat|ps1)$|^/app/bin(/|$)"),
    "a document": re.compile(r"\.(md|rst)$"),
    "of pip": re.compile(r"/(pip|ensurepip|setuptools|wheel)(/|-|$)|/\.cache/"),
    "of git or the repository": re.compile(r"/\.git|/Dockerfile|\.txt\.lock|/pyproject\.toml"),
    "a source to compile": re.compile(r"\.(c|h|cc|cpp|pyx|rs|o|a)$"),
}
# Documents inside a package of the lock: part of a wheel whose hash the lock names.
IN_WHEELS = {"/app/boto3/examples/cloudfront.rst", "/app/boto3/examples/s3.rst"}


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(archives: Mapping[str, Path], service: str) -> list[File]:
    return added(archives[service])


def test_each_file_is_of_a_locked_package_or_of_our_own_or_compiled_from_one(
    files: list[File], service: str
) -> None:
    known = installed(files) | own_files(service)
    found = {file.path for file in files if not file.is_folder and file.path.startswith("/app/")}
    sources = {compiled_from(path) for path in found if path.endswith(".pyc")}
    strangers = {path for path in found - known if not path.endswith(".pyc")} | (sources - known)
    assert not strangers
    assert own_files(service) <= found, "all of our own is there"


def test_the_packages_are_those_of_the_lock(files: list[File], service: str) -> None:
    assert packages(files) == locked(service)


def test_every_module_is_compiled(files: list[File]) -> None:
    found = {file.path for file in files}
    missing = {path for path in found if path.endswith(".py")} - {
        compiled_from(path) for path in found if path.endswith(".pyc")
    }
    assert not missing


@pytest.mark.parametrize("what", UNWANTED)
def test_nothing_is_in_it_that_does_not_run(files: list[File], what: str) -> None:
    offenders = {file.path for file in files if UNWANTED[what].search(file.path) and not is_whiteout(file)}
    assert offenders - IN_WHEELS == set(), f"each is {what}"


def test_nothing_outside_of_app_but_for_pip_which_is_taken_away(files: list[File]) -> None:
    outside = [file for file in files if not file.path.startswith("/app") and not file.is_folder]
    assert sorted(file.path for file in outside) == [
        "/usr/local/bin/.wh.pip",
        "/usr/local/bin/.wh.pip3",
        "/usr/local/bin/.wh.pip3.13",
        "/usr/local/lib/python3.13/.wh.site-packages",
    ]


def test_the_version_in_pips_paths_is_that_of_the_base_image(service: str) -> None:
    version = re.match(r"python:(\d+\.\d+)-", base_image_name())
    assert version is not None
    dockerfile = (REPOSITORY / "services" / service / "Dockerfile").read_text()
    paths = re.findall(r'"/usr/local/(?:lib/python|bin/pip)(\d+\.\d+)[/"]', dockerfile)
    assert paths == [version[1]] * 3


def test_all_of_it_belongs_to_root_and_nobody_else_may_write(files: list[File]) -> None:
    files = [file for file in files if not is_whiteout(file)]
    assert {file.path for file in files if (file.user, file.group) != (0, 0)} == set()
    assert {file.path for file in files if file.mode & 0o022} == set()


def test_everybody_may_read_it_and_only_libraries_run(files: list[File]) -> None:
    files = [file for file in files if not is_whiteout(file)]
    assert {file.path for file in files if file.mode & 0o444 != 0o444} == set()
    assert {file.path for file in files if file.is_folder and file.mode & 0o111 != 0o111} == set()
    runnable = {file.path for file in files if not file.is_folder and file.mode & 0o111}
    assert {path for path in runnable if not path.endswith(".so")} == set()


def test_pip_is_gone_and_a_shell_of_the_base_image_is_not(
    builders: Engines, images: Mapping[str, str], service: str
) -> None:
    def run(*command: str) -> int:
        options = ["--rm", "--network=none", "--read-only", "--cap-drop=ALL", f"--entrypoint={command[0]}"]
        whole = ["podman", "run", *options, images[service], *command[1:]]
        return subprocess.run(whole, env=builders.environment, capture_output=True, check=False).returncode

    assert run("python", "-c", "import main_job" if service == "main_job" else "import background_job") == 0
    assert run("python", "-c", "import pip") == 1
    assert run("python", "-c", "import ensurepip._bundled") == 1
    # Not ours to take away: Debian's own programs need it.
    assert run("sh", "-c", "exit 0") == 0


def is_whiteout(file: File) -> bool:
    return PurePosixPath(file.path).name.startswith(WHITEOUT)


def compiled_from(path: str) -> str:
    """`/app/a/__pycache__/b.cpython-313.pyc` → `/app/a/b.py`."""
    place = PurePosixPath(path)
    assert place.parent.name == "__pycache__", path
    return str(place.parents[1] / f"{place.name.partition('.')[0]}.py")
