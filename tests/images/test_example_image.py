"""The image of the HTTP intake: built as its Dockerfile says, with what its lock names, and it starts."""

import subprocess
from pathlib import Path

import pytest
from image_engines import Engines
from image_layers import added, locked, packages
from pipeline.images import describe

pytestmark = [pytest.mark.images, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]
NAME = "localhost/http-intake:test"


@pytest.fixture(scope="module")
def archive(builders: Engines, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("http-intake")
    settings = folder / "pip.conf"
    settings.write_text(f"[global]\nindex-url = {builders.environment['PIP_INDEX_URL']}\n")
    secret = f"--secret=id=pip.conf,src={settings}"
    dockerfile = "--file=examples/http_intake/api/Dockerfile"
    # As the product's images are built: no container stays behind.
    how = ("--quiet", "--format=oci", "--layers", "--force-rm")
    builders.run("buildah", "build", *how, secret, dockerfile, f"--tag={NAME}", ".")
    builders.run("buildah", "push", "--quiet", NAME, f"oci-archive:{folder / 'image.tar'}")
    return folder / "image.tar"


def test_it_holds_what_its_lock_names_and_runs_as_nobody(archive: Path) -> None:
    config = describe(archive).config["config"]

    assert packages(added(archive)) == locked("http_intake")
    assert config["Entrypoint"] == ["python", "-m", "http_intake"]
    assert config["User"] == "10001:10001"


def test_it_starts_on_a_file_system_that_nobody_may_write(builders: Engines, archive: Path) -> None:
    assert archive.exists()
    options = ["--rm", "--network=none", "--read-only", "--cap-drop=ALL"]
    ended = subprocess.run(
        ["podman", "run", *options, "--env=AWS_REGION=eu-west-1", NAME],
        env=builders.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1].startswith("http_intake cannot start: NEXT_QUEUE_URL is ")
