"""`pipeline publish`: real builds of small images, pushed to a real registry behind the embedded AWS."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from copied_repository import CopiedRepository
from deployment.release import SERVICES
from deployment.variables import client_variables, process_environment
from pipeline.release import Release, content_release, look_up, repository_name
from pipeline.release.building import build_missing
from pipeline.release.content import release_of
from pipeline.release.git import find_commit

pytestmark = pytest.mark.images
# Without a base image: nothing has to be fetched, and nothing runs in it.
DOCKERFILE = """FROM scratch
COPY libs/job_contract/src/job_contract /app/job_contract
COPY services/{service}/src/{service} /app/{service}
"""
MAIN_JOB = "services/main_job/src/main_job/handler.py"
Publish = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def address(start_registry: Callable[[], str]) -> str:
    """A registry of this file's own: the names in it are fixed."""
    return start_registry()


@pytest.fixture(scope="module")
def ecr_endpoint(address: str) -> Iterator[str]:
    """An embedded AWS with that registry."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0", "--registry", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["endpoint"]
        server.terminate()


def make_repository(folder: Path) -> CopiedRepository:
    """This repository with Dockerfiles that need no base image."""
    repository = CopiedRepository(folder / "repository")
    for service in SERVICES:
        (repository.folder / f"services/{service}/Dockerfile").write_text(DOCKERFILE.format(service=service))
    repository.commit()
    return repository


@pytest.fixture
def repository(tmp_path: Path) -> CopiedRepository:
    return make_repository(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both images, as --build-only leaves it."""
    folder = tmp_path_factory.mktemp("built")
    head = find_commit(make_repository(folder).folder, "HEAD")
    build_missing(head, release_of(head), folder / "out")
    return folder / "out"


@pytest.fixture
def with_built(built: Path, release_file: Path) -> tuple[str, ...]:
    """Options with which nothing is left to build."""
    out = shutil.copytree(built, release_file.with_name("out"))
    return "--release-out", str(release_file), "--out", str(out)


@pytest.fixture
def release_file(tmp_path: Path) -> Path:
    return tmp_path / "release.json"


@pytest.fixture
def publish(ecr: Any, ecr_endpoint: str, repository: CopiedRepository, release_file: Path) -> Publish:
    """Runs the command in the repository; `path` is where it finds programs."""
    del ecr

    def publish(*options: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = process_environment(os.environ, ecr_endpoint) | client_variables(ecr_endpoint)
        env |= {"GITHUB_OUTPUT": str(release_file.with_name("output"))}
        env |= {"PATH": str(path)} if path else {}
        options = options or ("--release-out", str(release_file))
        command = [sys.executable, "-m", "pipeline", "publish", *options]
        return subprocess.run(
            command, cwd=repository.folder, env=env, capture_output=True, text=True, check=False
        )

    return publish


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with git and nothing that builds or pushes."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return folder


def add_skopeo(folder: Path, script: str) -> None:
    """A skopeo that runs a script in which `skopeo` is the real one."""
    program = folder / "skopeo"
    program.write_text(f'#!/bin/bash\nskopeo() {{ {shutil.which("skopeo")} "$@"; }}\n{script}\n')
    program.chmod(0o755)


def released(done: subprocess.CompletedProcess[str], file: Path) -> Release:
    assert done.returncode == 0, done.stderr
    return Release.read(file)


def output(release_file: Path, name: str) -> Any:
    """What the last call told the jobs after it."""
    lines = release_file.with_name("output").read_text().splitlines()
    return json.loads([line for line in lines if line.startswith(f"{name}=")][-1].partition("=")[2])


def test_what_is_missing_is_built_and_pushed(
    publish: Publish, ecr: Any, repository: CopiedRepository, release_file: Path
) -> None:
    release = released(publish(), release_file)

    assert release.missing == []
    assert release == look_up(content_release(repository.folder, "HEAD"), ecr)
    expected = [
        {"service": service, "name": repository_name(service), "digest": image.digest}
        for service, image in release.images.items()
    ]
    assert output(release_file, "pushed") == output(release_file, "built") == expected


def test_a_change_builds_what_it_changes_and_its_revert_nothing(
    publish: Publish, repository: CopiedRepository, release_file: Path, programs: Path
) -> None:
    first = released(publish(), release_file)
    repository.change(MAIN_JOB)
    second = released(publish(), release_file)
    assert [image["service"] for image in output(release_file, "pushed")] == ["main_job"]
    assert second.images["main_job"].digest != first.images["main_job"].digest
    assert second.images["background_job"] == first.images["background_job"]

    repository.git("revert", "--no-edit", "HEAD")
    # Nothing is there that could build or push.
    third = released(publish("--release-out", str(release_file), path=programs), release_file)

    assert third.images == first.images
    assert third.commit != first.commit
    assert output(release_file, "pushed") == output(release_file, "built") == []


def test_what_was_half_published_is_finished(
    publish: Publish, ecr: Any, with_built: tuple[str, ...], release_file: Path, programs: Path
) -> None:
    add_skopeo(programs, 'if [[ "$*" == *background-job* ]]; then exit 9; fi; skopeo "$@"')
    failed = publish(*with_built, path=programs)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("pipeline: `skopeo copy` failed with exit code 9")
    assert not release_file.exists()

    add_skopeo(programs, 'skopeo "$@"')
    whole = released(publish(*with_built, path=programs), release_file)

    assert look_up(whole, ecr) == whole
    assert [image["service"] for image in output(release_file, "pushed")] == ["background_job"]


def test_images_are_built_in_one_job_and_pushed_in_another(
    publish: Publish,
    ecr: Any,
    repository: CopiedRepository,
    release_file: Path,
    programs: Path,
) -> None:
    out = str(release_file.with_name("out"))
    built = publish("--build-only", "--out", out)
    assert built.returncode == 0, built.stderr
    release = content_release(repository.folder, "HEAD")
    assert look_up(release, ecr).missing == list(SERVICES)
    told = {image["service"]: image["digest"] for image in output(release_file, "built")}
    for service in SERVICES:
        assert release_file.with_name("out").joinpath(service, "index.json").is_file(), "for scanners"
        assert f"{service}: {release.images[service].tag[:20]} built as {told[service]}" in built.stdout

    add_skopeo(programs, 'skopeo "$@"')
    pushed = released(publish("--release-out", str(release_file), "--out", out, path=programs), release_file)

    assert {service: image.digest for service, image in pushed.images.items()} == told


def test_who_comes_second_takes_what_is_there(
    publish: Publish,
    repository: CopiedRepository,
    with_built: tuple[str, ...],
    *,
    release_file: Path,
    programs: Path,
    address: str,
) -> None:
    # Another run pushes both just now: main_job's while ours is on its way, so that ECR refuses it, and
    # background_job's before ours begins.
    tag = content_release(repository.folder, "HEAD").images["background_job"].tag
    other = f"docker://{address}/{repository_name('background_job')}:{tag}"
    add_skopeo(
        programs,
        f'echo "$@" >> {programs}/calls; skopeo "$@" || exit\n'
        f"skopeo copy --quiet --dest-tls-verify=false oci-archive:background_job.tar {other}\n"
        'echo "tag invalid: it is immutable" >&2; exit 1',
    )

    done = publish(*with_built, path=programs)

    assert released(done, release_file).missing == []
    assert output(release_file, "pushed") == []
    (call,) = (programs / "calls").read_text().splitlines()
    assert repository_name("main_job") in call


def test_a_push_that_did_not_arrive_is_told(
    publish: Publish, with_built: tuple[str, ...], release_file: Path, programs: Path
) -> None:
    add_skopeo(programs, 'skopeo "${@:1:$#-1}" "dir:$0.pushed"')

    done = publish(*with_built, path=programs)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "was pushed, and ECR does not have it; run the command again."
    )
    assert not release_file.exists()


def test_without_an_engine_a_build_is_refused(publish: Publish, programs: Path) -> None:
    done = publish(path=programs)
    assert done.returncode == 2
    assert done.stderr.startswith("pipeline: Nothing here builds images")


def test_changes_that_nobody_committed_are_refused(publish: Publish, repository: CopiedRepository) -> None:
    (repository.folder / MAIN_JOB).write_text("")
    done = publish()
    assert done.returncode == 2
    assert done.stderr.startswith(f"pipeline: {MAIN_JOB} differ from commit ")


@pytest.mark.parametrize("options", [["--build-only"], ["--build-only", "--out", "x", "--release-out", "y"]])
def test_options_that_do_not_fit_are_refused(publish: Publish, options: list[str]) -> None:
    done = publish(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pipeline: --build-only needs --out, and no --release-out")
