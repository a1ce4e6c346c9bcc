"""What can build here: docker, buildah or podman, and how each makes the same kind of archive."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import BadInput
from deployment.product import product

from pipeline.images.processes import run, succeeds

# Tasks run on nothing else.
PLATFORM = "linux/amd64"
# The time of every file and of the image itself. A constant, since the digest is of what is in the image, not
# of when it was made. 0, for docker moves only later times back to it: another would let older ones through.
SOURCE_DATE_EPOCH = 0


@dataclass(frozen=True)
class Build:
    """One image to build. `secrets`, by id, are files that the build may read and the image does not get."""

    context: Path
    dockerfile: Path
    # Made in this folder, where the commands run: a path with a comma or colon would be taken apart.
    folder: Path
    archive: str
    secrets: Mapping[str, Path]

    @property
    def arguments(self) -> list[str]:
        """What all engines take."""
        secrets = [f"--secret=id={id_},src={file}" for id_, file in self.secrets.items()]
        return [f"--platform={PLATFORM}", *secrets, f"--file={self.dockerfile}", str(self.context)]


@dataclass(frozen=True)
class Engine:
    """`make` writes the OCI archive, or raises ToolError."""

    name: str
    probes: tuple[tuple[str, ...], ...]
    make: Callable[[Build], None]

    def is_alive(self) -> bool:
        """Installed, and its daemon, if it has one, answers."""
        return shutil.which(self.name) is not None and all(map(succeeds, self.probes))


def find_engine(name: str | None = None) -> Engine:
    """The engine of that name, else the first that is alive; raises BadInput."""
    if name is not None and name not in ENGINES:
        raise BadInput(f"There is no engine {name!r}; it must be one of {', '.join(ENGINES)}.")
    for engine in ENGINES.values():
        if name in (None, engine.name) and engine.is_alive():
            return engine
    missing = f"{name} does not answer here" if name else "Nothing here builds images"
    raise BadInput(f"{missing}: start docker (it needs buildx), or install buildah or podman.")


def _docker(build: Build) -> None:
    # A builder of our own: the one inside many docker engines writes no OCI archives.
    builder = product().project_name
    if not succeeds(("docker", "buildx", "inspect", builder)):
        run(
            ["docker", "buildx", "create", f"--name={builder}", "--driver=docker-container"],
            build.folder,
        )
    # No attestations: they would be a part of the digest, and they contain times.
    run(
        [
            *("docker", "buildx", "build", f"--builder={builder}", "--provenance=false", "--sbom=false"),
            f"--build-arg=SOURCE_DATE_EPOCH={SOURCE_DATE_EPOCH}",
            f"--output=type=oci,dest={build.archive},rewrite-timestamp=true",
            *build.arguments,
        ],
        build.folder,
    )


def _buildah(build: Build) -> None:
    with _libpod_image("buildah", build) as image:
        run(["buildah", "push", "--quiet", image, f"oci-archive:{build.archive}"], build.folder)


def _podman(build: Build) -> None:
    with _libpod_image("podman", build) as image:
        run(
            ["podman", "save", "--quiet", "--format=oci-archive", f"--output={build.archive}", image],
            build.folder,
        )


@contextmanager
def _libpod_image(engine: str, build: Build) -> Iterator[str]:
    """The id of the built image, which goes away afterwards: the archive is what counts."""
    with tempfile.TemporaryDirectory() as folder:
        id_file = Path(folder) / "id"
        # With layers: without them the base image is removed afterwards, or the build fails for another one
        # that uses it (https://github.com/containers/buildah/issues/4917). The label would name the version.
        run(
            [
                *(engine, "build", "--format=oci", "--layers", "--force-rm", "--identity-label=false"),
                f"--timestamp={SOURCE_DATE_EPOCH}",
                f"--iidfile={id_file}",
                *build.arguments,
            ],
            build.folder,
        )
        image = id_file.read_text().strip()
    try:
        yield image
    finally:
        run([engine, "rmi", image], build.folder)


_DOCKER_PROBES = (("docker", "version", "--format={{.Server.Version}}"), ("docker", "buildx", "version"))
# In the order of preference.
_ALL = (
    Engine("docker", _DOCKER_PROBES, _docker),
    Engine("buildah", (("buildah", "info"),), _buildah),
    Engine("podman", (("podman", "info"),), _podman),
)
ENGINES = {engine.name: engine for engine in _ALL}
