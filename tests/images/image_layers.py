"""What the Dockerfiles add to their base image, file by file."""

import csv
import io
import re
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from image_inputs import REPOSITORY
from packaging.markers import Marker
from pipeline.images import describe

WHITEOUT = ".wh."


@dataclass(frozen=True)
class File:
    """One entry of a layer: a file, a folder, a link or a whiteout."""

    path: str
    mode: int
    user: int
    group: int
    is_folder: bool
    content: bytes


def added(archive: Path) -> list[File]:
    """All entries of the layers above the base."""
    with tarfile.open(archive) as opened:
        return [
            file
            for layer in describe(archive).layers[1:]
            for file in _entries(opened, f"blobs/{layer.digest.replace(':', '/')}")
        ]


def _entries(archive: tarfile.TarFile, blob: str) -> Iterator[File]:
    with tarfile.open(fileobj=archive.extractfile(blob), mode="r:gz") as files:
        for member in files:
            content = files.extractfile(member) if member.isreg() else None
            yield File(
                path=f"/{member.name.rstrip('/')}",
                mode=stat.S_IMODE(member.mode),
                user=member.uid,
                group=member.gid,
                is_folder=member.isdir(),
                content=content.read() if content else b"",
            )


def installed(files: list[File]) -> set[str]:
    """The files that the installed packages say are theirs (RECORD), but for commands."""
    found = set()
    for file in files:
        if PurePosixPath(file.path).name == "RECORD" and ".dist-info/" in file.path:
            rows = csv.reader(io.StringIO(file.content.decode()))
            found |= {f"/app/{path}" for path, *_ in rows if not path.startswith("..")}
    return found


def packages(files: list[File]) -> dict[str, str]:
    """Name → version of every package that is installed."""
    pattern = re.compile(r"^/app/([^/]+)-([^/-]+)\.dist-info$")
    matches = [match for file in files if (match := pattern.match(file.path))]
    return {match[1].replace("_", "-").lower(): match[2] for match in matches}


def locked(service: str) -> dict[str, str]:
    """Name → version of what the lock wants for Python 3.13."""
    lock = (REPOSITORY / "requirements" / f"{service}.txt").read_text()
    lines = re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)( ; [^\\]*)?", lock, re.MULTILINE)
    image = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux"}
    return {
        name: version
        for name, version, marker in lines
        if not marker or Marker(marker.removeprefix(" ; ")).evaluate(image)
    }


def own_files(service: str) -> set[str]:
    """Where git's files of the service and the libs are in the image."""
    sources = {
        "libs/queue_worker/src": "/app",
        "libs/job_contract/src": "/app",
        f"services/{service}/src": "/app",
    }
    found = set()
    for source, target in sources.items():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", source],
            cwd=REPOSITORY, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        found |= {target + name.removeprefix(source) for name in listed.split("\0") if name}
    return found
