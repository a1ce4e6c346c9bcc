"""Facts about each Dockerfile, of services and examples: what can be known without building it."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = sorted(
    path.parent
    for pattern in ("services/*", "examples/*/api")
    for path in ROOT.glob(f"{pattern}/pyproject.toml")
)


def package(service: Path) -> str:
    """The package that a folder holds."""
    return next(service.glob("src/*/__init__.py")).parent.name


services = pytest.mark.parametrize("service", SERVICES, ids=package)


def instructions(service: Path) -> list[tuple[str, str]]:
    """Each instruction and its text, comments gone and lines joined."""
    text = re.sub(r"^#.*\n", "", (service / "Dockerfile").read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


def copies(service: Path) -> list[tuple[str, str]]:
    """Source and destination of what comes from the repository."""
    texts = [text for name, text in instructions(service) if name == "COPY" and "--from" not in text]
    return [(text.split()[0], text.split()[1]) for text in texts]


@services
def test_the_image_starts_the_package_of_its_folder_without_a_shell(service: Path) -> None:
    entrypoints = [text for name, text in instructions(service) if name == "ENTRYPOINT"]
    assert [json.loads(text) for text in entrypoints] == [["python", "-m", package(service)]]
    # The stage that builds may use the base's shell; what is delivered is made without one.
    written = instructions(service)
    delivered = written[max(place for place, (name, _) in enumerate(written) if name == "FROM") :]
    assert all(text.startswith("[") for name, text in delivered if name == "RUN")


@services
def test_every_outside_base_is_pinned_by_digest_for_linux_amd64(service: Path) -> None:
    stages: set[str] = set()
    for name, text in instructions(service):
        if name == "FROM":
            image, _, stage = text.partition(" AS ")
            assert image in stages or re.fullmatch(
                r"--platform=linux/amd64 python:3\.13-slim@sha256:[0-9a-f]{64}", image
            )
            stages.add(stage)


def test_all_images_share_one_base() -> None:
    bases = {text for service in SERVICES for name, text in instructions(service) if "@sha256:" in text}
    assert len(bases) == 1


@services
def test_the_process_is_a_numbered_user_and_not_root(service: Path) -> None:
    last_stage = instructions(service)[::-1]
    user = next(text for name, text in last_stage if name == "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)


@services
def test_the_install_takes_only_wheels_whose_hash_the_lock_names(service: Path) -> None:
    install = next(text for name, text in instructions(service) if name == "RUN" and '"install"' in text)
    words = json.loads(install[install.index("[") :])
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(words)
    lock = (ROOT / "requirements" / words[-1]).read_text()
    pins = re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE)
    assert {"boto3", "msgspec", "python-ulid"} <= set(pins)
    assert all(re.search(rf"^{pin}==[^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE) for pin in pins)


@services
def test_every_source_exists_and_reaches_the_build(service: Path) -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source, _ in copies(service):
        assert (ROOT / source).exists(), source
        parents = [source, *map(str, Path(source).parents)]
        assert any(fnmatchcase(path, pattern) for path in parents for pattern in kept), source


@services
def test_the_image_says_what_it_is(service: Path) -> None:
    labels = next(text for name, text in instructions(service) if name == "LABEL")
    assert f'org.opencontainers.image.title="{package(service).replace("_", "-")}"' in labels
    assert "org.opencontainers.image.description=" in labels


@services
def test_what_is_copied_is_all_that_the_service_imports(service: Path, tmp_path: Path) -> None:
    for source, destination in copies(service):
        if (ROOT / source).is_dir():
            target = tmp_path / destination.removeprefix("/app/")
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
    # -S: without the editable installs of this very environment; the locked packages come in by their folder.
    places = [str(tmp_path), sysconfig.get_paths()["purelib"]]
    program = (
        f"import sys; sys.path[:0] = {places!r}; import runpy; runpy.run_module({package(service)!r}, "
        "run_name='__main__', alter_sys=True)"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.match(rf"{package(service)} cannot start: (NEXT_)?QUEUE_URL is ", ended.stderr)
    assert not list(tmp_path.rglob("__pycache__"))
