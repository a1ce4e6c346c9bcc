"""Which engine builds, and what exactly each is asked; they themselves run in tests/images."""

import os
import sys
from pathlib import Path

import pytest
from deployment.errors import BadInput, ToolError
from deployment.product import product
from fake_engines import FakeEngines
from pipeline.images import build, find_engine

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngines:
    fakes = FakeEngines(tmp_path / "fakes", sys.executable)
    monkeypatch.setenv("PATH", str(fakes.path))
    # Nothing of this machine's way to packages.
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return fakes


def test_docker_is_taken_first_then_buildah_then_podman(engines: FakeEngines) -> None:
    taken = []
    for name in ("podman", "buildah", "docker"):
        engines.add(name)
        taken.append(find_engine().name)
    assert taken == ["podman", "buildah", "docker"]


@pytest.mark.parametrize("missing", ["docker version", "docker buildx version"])
def test_docker_counts_only_with_a_live_engine_and_buildx(engines: FakeEngines, missing: str) -> None:
    engines.add("docker", failing=(missing,))
    engines.add("podman")
    assert find_engine().name == "podman"
    with pytest.raises(BadInput, match="docker does not answer here"):
        find_engine("docker")


def test_a_machine_without_an_engine_gets_one_sentence(engines: FakeEngines) -> None:
    with pytest.raises(BadInput) as refused:
        find_engine()
    assert str(refused.value) == (
        "Nothing here builds images: start docker (it needs buildx), or install buildah or podman."
    )


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(engines: FakeEngines) -> None:
    with pytest.raises(BadInput, match=r"no engine 'kaniko'; it must be one of docker, buildah, podman\."):
        find_engine("kaniko")


def test_docker_builds_for_fargate_without_times_or_attestations(
    engines: FakeEngines, tmp_path: Path
) -> None:
    engines.add("docker")
    archive = build(REPOSITORY, "main_job", find_engine("docker"), tmp_path / "out")
    (call,) = engines.calls_of("docker", "buildx", "build")
    (output,) = (word for word in call if word.startswith("--output="))
    assert output.startswith("--output=type=oci,dest=main_job.") and output.endswith(
        ",rewrite-timestamp=true"
    )
    assert [word for word in call[3:] if word != output] == [
        f"--builder={product().project_name}",
        "--provenance=false",
        "--sbom=false",
        "--build-arg=SOURCE_DATE_EPOCH=0",
        "--platform=linux/amd64",
        f"--file={REPOSITORY}/services/main_job/Dockerfile",
        str(REPOSITORY),
    ]
    assert archive == tmp_path / "out/main_job.tar" and archive.read_text() == "archive of docker"


@pytest.mark.parametrize("builder_is_there", [True, False])
def test_docker_gets_a_builder_of_our_own_once(
    engines: FakeEngines, tmp_path: Path, builder_is_there: bool
) -> None:
    engines.add("docker", failing=() if builder_is_there else ("docker buildx inspect",))
    build(REPOSITORY, "main_job", find_engine(), tmp_path)
    made = [["docker", "buildx", "create", f"--name={product().project_name}", "--driver=docker-container"]]
    assert engines.calls_of("docker", "buildx", "create") == ([] if builder_is_there else made)


@pytest.mark.parametrize("name", ["buildah", "podman"])
def test_buildah_and_podman_build_the_same_and_keep_only_the_archive(
    engines: FakeEngines, tmp_path: Path, name: str
) -> None:
    engines.add(name)
    archive = build(REPOSITORY, "background_job", find_engine(), tmp_path)
    (call,) = engines.calls_of(name, "build")
    assert [word for word in call[2:] if not word.startswith("--iidfile=")] == [
        "--format=oci",
        "--layers",
        "--force-rm",
        "--identity-label=false",
        "--timestamp=0",
        "--platform=linux/amd64",
        f"--file={REPOSITORY}/services/background_job/Dockerfile",
        str(REPOSITORY),
    ]
    assert engines.calls[-1] == [name, "rmi", "sha256:1d"]
    assert [path.name for path in tmp_path.glob("*.tar")] == ["background_job.tar"]
    assert archive.read_text() == f"archive of {name}"


@pytest.mark.parametrize("step", ["build", "push"])
def test_a_failed_build_leaves_the_archive_that_was_there(
    engines: FakeEngines, tmp_path: Path, step: str
) -> None:
    engines.add("buildah", failing=(f"buildah {step}",))
    (tmp_path / "main_job.tar").write_text("of before")
    with pytest.raises(ToolError, match=rf"`buildah {step}` failed with exit code 7"):
        build(REPOSITORY, "main_job", find_engine(), tmp_path)
    assert (tmp_path / "main_job.tar").read_text() == "of before"
    assert not list(tmp_path.glob("*.partial"))


def test_a_service_that_does_not_exist_is_refused(engines: FakeEngines, tmp_path: Path) -> None:
    engines.add("buildah")
    with pytest.raises(BadInput, match="no service 'mail_job'; it must be one of main_job, background_job"):
        build(REPOSITORY, "mail_job", find_engine(), tmp_path)
    assert not engines.calls_of("buildah", "build")
