"""The images are what the commit is: the same files give the same digest, wherever and whenever."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from deployment.release import SERVICES
from image_engines import Engines
from image_inputs import REPOSITORY
from package_mirror import PASSWORD
from pipeline.images import describe

# The first test waits for all that is built, in a new clone also for what it is built from.
pytestmark = [pytest.mark.images, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]
# Fargate pulls the whole image whenever a task starts.
MOST_OF_OUR_OWN_BYTES = 25_000_000


@pytest.fixture(scope="session")
def other_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files elsewhere, as another's git may write them: at another time, for their eyes only."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    target = tmp_path_factory.mktemp("another checkout") / "clone"
    for name in filter(None, listed.split("\0")):
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).is_file():
            shutil.copyfile(REPOSITORY / name, place)
            place.chmod(0o700 if os.access(REPOSITORY / name, os.X_OK) else 0o600)
            os.utime(place, (1_500_000_000, 1_500_000_000))
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o700)
    return target


def test_both_images_build_again_to_the_same_digest(
    builders: Engines, archives: Mapping[str, Path], other_checkout: Path, tmp_path: Path
) -> None:
    builders.build(tmp_path, "--engine=buildah", repository=other_checkout, cached=False)
    again = {service: describe(tmp_path / f"{service}.tar").digest for service in SERVICES}
    assert again == {service: describe(archive).digest for service, archive in archives.items()}


def test_podman_builds_the_same_content(
    builders: Engines, archives: Mapping[str, Path], tmp_path: Path
) -> None:
    builders.build(tmp_path, "--engine=podman", "--service=main_job")
    made, known = describe(tmp_path / "main_job.tar").config, describe(archives["main_job"]).config
    # The digest may differ where the engines are of different versions, in compression and history.
    assert made["rootfs"] == known["rootfs"]
    assert made["config"] == known["config"]


def test_nothing_of_a_build_is_left_but_its_archive(builders: Engines, archives: Mapping[str, Path]) -> None:
    assert builders.run("buildah", "containers", "--quiet") == ""
    folder = archives["main_job"].parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.tar" for name in SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_for_fargate_and_runs_as_nobody(archives: Mapping[str, Path], service: str) -> None:
    config = describe(archives[service]).config
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert config["config"]["User"] == "10001:10001"
    assert config["config"]["Entrypoint"] == ["python", "-m", service]
    assert "Cmd" not in config["config"]
    assert config["config"]["Volumes"] == {"/tmp": {}}
    assert config["created"] == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_small(
    archives: Mapping[str, Path], service: str, record_property: Callable[[str, object], None]
) -> None:
    image = describe(archives[service])
    base, *own = [layer.size_bytes for layer in image.layers]
    figures = f"{image.size_bytes / 1e6:.1f} MB in {len(image.layers)} layers, of which the base's stand-in"
    figures += f" {base / 1e6:.1f} MB and our own {sum(own) / 1e6:.1f} MB in {len(own)}"
    record_property(f"image of {service}", figures)
    assert len(own) == 2, "one layer that takes pip away, one with what runs"
    assert sum(own) < MOST_OF_OUR_OWN_BYTES


@pytest.mark.parametrize("service", SERVICES)
def test_the_password_of_the_package_index_is_nowhere_in_an_image(
    builders: Engines, archives: Mapping[str, Path], service: str
) -> None:
    assert PASSWORD in builders.environment["PIP_INDEX_URL"]
    image = describe(archives[service])
    assert PASSWORD not in json.dumps(image.config)
    with tarfile.open(archives[service]) as archive:
        for layer in image.layers[1:]:
            blob = archive.extractfile(f"blobs/{layer.digest.replace(':', '/')}")
            with tarfile.open(fileobj=blob, mode="r:gz") as files:
                for member in files:
                    content = files.extractfile(member) if member.isfile() else None
                    assert content is None or PASSWORD.encode() not in content.read(), member.name
