"""What the tests build from instead of the internet: a stand-in for the base image, and the lock's wheels.

Both are kept in `.local`, by what they are made of; making them needs a Debian mirror and a package index.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from deployment.release import SERVICES
from deployment.repository import local_folder

REPOSITORY = Path(__file__).resolve().parents[2]
# As slim as the real one: no documents, no languages. `venv` puts python and pip where the real one has them.
_BOOTSTRAP = (
    "mmdebstrap",
    "--quiet",
    "--format=tar",
    "--variant=essential",
    "--include=python3,python3-venv,ca-certificates",
    *(f"--dpkgopt=path-exclude=/usr/share/{unwanted}/*" for unwanted in ("doc", "man", "locale", "info")),
    '--customize-hook=chroot "$1" python3 -m venv /usr/local',
    "trixie",
)
_DOWNLOAD = (
    *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"),
    *("--only-binary=:all:", "--implementation=cp", "--python-version=3.13"),
    *(f"--platform={tag}_x86_64" for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_28")),
)
MAKING_TIMEOUT_SECONDS = 280


def base_image_name() -> str:
    """What the Dockerfiles build on, with its digest."""
    names = set()
    for service in SERVICES:
        dockerfile = (REPOSITORY / "services" / service / "Dockerfile").read_text()
        names |= set(re.findall(r"^FROM (?:--platform=\S+ )?(\S+@sha256:\S+)", dockerfile, re.MULTILINE))
    (name,) = names
    return str(name)


def stand_in_tree() -> Path:
    """A tar of Debian's root file system with its Python, which has the version that the base image has."""

    def make(place: Path) -> None:
        _run([*_BOOTSTRAP, str(place)])

    return _kept("stand-in", " ".join(_BOOTSTRAP), make)


def wheels() -> Path:
    """A folder as package indexes are laid out: one folder a project, with its wheels for the images."""
    locks = [REPOSITORY / "requirements" / f"{name}.txt" for name in (*SERVICES, "http_intake")]

    def make(place: Path) -> None:
        for lock in locks:
            _run([sys.executable, *_DOWNLOAD, f"--dest={place}", f"--requirement={lock}"])
        for wheel in place.glob("*.whl"):
            project = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
            (place / project).mkdir(exist_ok=True)
            wheel.rename(place / project / wheel.name)

    return _kept("wheels", "".join(lock.read_text() for lock in locks) + " ".join(_DOWNLOAD), make)


def _kept(name: str, made_of: str, make: Callable[[Path], None]) -> Path:
    """Made once by whoever comes first, over all processes; what is half made never gets the name."""
    folder = local_folder(REPOSITORY) / "images"
    folder.mkdir(exist_ok=True)
    place = folder / f"{name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            # Alone here: what others have left are older versions, and halves.
            for old in folder.glob(f"{name}-*"):
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as half:
                make(Path(half) / "made")
                (Path(half) / "made").rename(place)
    return place


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=MAKING_TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command[:3])}: {done.stderr[-2000:]}"
