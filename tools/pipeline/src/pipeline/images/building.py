"""An image from the repository's files to an OCI archive."""

import os
from pathlib import Path

from deployment.errors import BadInput
from deployment.release import SERVICES

from pipeline.images.engines import Build, Engine
from pipeline.images.package_index import package_index


def build(repository: Path, service: str, engine: Engine, out: Path) -> Path:
    """Builds a service's image as `out/<service>.tar`, all of it or nothing; raises ToolError."""
    if service not in SERVICES:
        raise BadInput(f"There is no service {service!r}; it must be one of {', '.join(SERVICES)}.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out} cannot be made: {error.strerror}.") from None
    archive = out.resolve() / f"{service}.tar"
    # Under another name until it is whole, and one that no other run has.
    partial = archive.with_name(f"{service}.{os.getpid()}.partial")
    dockerfile = repository.resolve() / "services" / service / "Dockerfile"
    try:
        with package_index() as secrets:
            engine.make(Build(repository.resolve(), dockerfile, archive.parent, partial.name, secrets))
        partial.replace(archive)
    finally:
        partial.unlink(missing_ok=True)
    return archive
