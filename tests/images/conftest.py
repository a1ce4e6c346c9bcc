"""Both images, built once a run, in a registry, and pulled from there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from deployment.release import SERVICES
from image_engines import Engines, engines
from image_inputs import stand_in_tree, wheels
from package_mirror import package_mirror
from pipeline.images import push


@pytest.fixture(scope="session")
def builders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """buildah and podman, with the stand-in of the base image and a package index on loopback."""
    with (
        package_mirror(wheels()) as index_url,
        engines(tmp_path_factory.mktemp("engines"), index_url, stand_in_tree()) as ready,
    ):
        yield ready


@pytest.fixture(scope="session")
def archives(builders: Engines, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Service → its image, built by buildah from this repository."""
    out = tmp_path_factory.mktemp("archives")
    builders.build(out, "--engine=buildah")
    return {service: out / f"{service}.tar" for service in SERVICES}


@pytest.fixture(scope="session")
def digests(archives: Mapping[str, Path], registry: str) -> Mapping[str, str]:
    """Service → its digest in the registry, after the push."""
    return {service: push(archive, f"{registry}/{service}:pushed") for service, archive in archives.items()}


@pytest.fixture(scope="session")
def images(builders: Engines, digests: Mapping[str, str], registry: str) -> Mapping[str, str]:
    """Service → the name of its image as a task definition gives it, by digest; pulled from the registry."""
    names = {service: f"{registry}/{service}@{digest}" for service, digest in digests.items()}
    for name in names.values():
        builders.run("podman", "pull", "--quiet", "--tls-verify=false", name)
    return names
