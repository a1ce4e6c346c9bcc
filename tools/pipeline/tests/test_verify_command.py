"""`pipeline verify`, with a stand-in for gh that keeps to gh's manual."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployment.release import SERVICES
from pipeline.release import Image, Release, repository_name
from pipeline.release.provenance import SIGNER

REPOSITORY = Path(__file__).resolve().parents[3]
TAGS = {service: f"content-{digit * 64}" for service, digit in zip(SERVICES, "ab", strict=True)}
# It takes one artifact and the flags of https://cli.github.com/manual/gh_attestation_verify; nobody has
# attested the digests in GH_REFUSES.
GH = """#!{python}
import argparse, json, os, pathlib, sys
assert sys.argv[1:3] == ["attestation", "verify"], sys.argv
parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("artifact")
for flag in ("repo", "signer-workflow", "source-ref"):
    parser.add_argument("--" + flag)
parser.add_argument("--deny-self-hosted-runners", action="store_true")
given = vars(parser.parse_args(sys.argv[3:]))
if not os.environ.get("GH_TOKEN"):
    sys.exit("To get started with GitHub CLI, please run:  gh auth login")
login = json.loads((pathlib.Path(os.environ["DOCKER_CONFIG"]) / "config.json").read_text())
with open({log!r}, "a") as log:
    print(json.dumps([given.pop("artifact"), given, login]), file=log)
digest = sys.argv[3].rpartition("@")[2]
if digest in os.environ.get("GH_REFUSES", "").split():
    sys.exit("Error: no attestations found for subject: " + digest + "\\n\\n")
"""
Verify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def release(put_image: Callable[[str, str], str], tmp_path: Path) -> Release:
    """A release whose images are in the registry."""
    images = {service: Image(tag, put_image(service, tag)) for service, tag in TAGS.items()}
    release = Release("1" * 40, "2" * 40, images)
    release.write(tmp_path / "release.json")
    return release


@pytest.fixture
def verify(run_pipeline: Verify, tmp_path: Path) -> Verify:
    """Runs the command as a job of GitHub does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    gh = folder / "gh"
    gh.write_text(GH.format(python=sys.executable, log=str(tmp_path / "calls")))
    gh.chmod(0o755)
    job = {
        "GH_TOKEN": "token",
        "GITHUB_REPOSITORY": "example-org/jobs",
        "PATH": f"{folder}:{os.environ['PATH']}",
    }

    def verify(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return run_pipeline(
            "verify", "--release", str(tmp_path / "release.json"), *options, **job | variables
        )

    return verify


def calls(folder: Path) -> list[Any]:
    file = folder / "calls"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def refusal(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """The one sentence of a command that failed."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    return done.stderr.removeprefix("pipeline: ").strip()


def test_each_image_must_be_attested_by_mains_workflow(
    release: Release, verify: Verify, ecr: Any, tmp_path: Path
) -> None:
    done = verify()

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Built by example-org/jobs on main, as attested: main_job sha256:")
    (data,) = ecr.get_authorization_token()["authorizationData"]
    host = data["proxyEndpoint"].removeprefix("https://")
    flags = {
        "repo": "example-org/jobs",
        "signer_workflow": "example-org/jobs/.github/workflows/_publish.yml",
        "source_ref": "refs/heads/main",
        "deny_self_hosted_runners": True,
    }
    for service, (artifact, given, login) in zip(SERVICES, calls(tmp_path), strict=True):
        assert artifact == f"oci://{host}/{repository_name(service)}@{release.images[service].digest}"
        assert given == flags
        assert b64decode(login["auths"][host]["auth"]) == b64decode(data["authorizationToken"])


def test_the_workflow_that_signs_is_the_one_that_attests() -> None:
    jobs = {
        path: yaml.safe_load(path.read_text())["jobs"] for path in REPOSITORY.glob(".github/workflows/*.yml")
    }
    attesting = {
        path.relative_to(REPOSITORY).as_posix()
        for path, found in jobs.items()
        for job in found.values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("actions/attest")
    }
    assert attesting == {SIGNER}


def test_an_image_that_nobody_attested_is_refused(release: Release, verify: Verify) -> None:
    digest = str(release.images["background_job"].digest)
    assert refusal(verify(GH_REFUSES=digest)).endswith(
        f"@{digest} is not attested as built by example-org/jobs's .github/workflows/_publish.yml on main: "
        f"Error: no attestations found for subject: {digest}"
    )


def test_another_repository_is_asked_for_by_option(release: Release, verify: Verify, tmp_path: Path) -> None:
    del release
    assert verify("--repository", "example-org/other").returncode == 0
    assert {flags["repo"] for _, flags, _ in calls(tmp_path)} == {"example-org/other"}


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("how", [{"ATTESTATIONS": "off"}, {"ATTESTATIONS": "off", "GITHUB_REPOSITORY": ""}])
def test_without_attestations_the_registry_is_asked_alone_and_the_output_says_so(
    verify: Verify, tmp_path: Path, how: dict[str, str]
) -> None:
    done = verify(**how)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Nobody attests who built them: attestations are off.\n")
    assert calls(tmp_path) == []


@pytest.mark.usefixtures("release")
def test_a_variable_that_is_set_to_nothing_leaves_attestations_on(verify: Verify, tmp_path: Path) -> None:
    assert verify(ATTESTATIONS="").returncode == 0
    assert len(calls(tmp_path)) == len(SERVICES)


@pytest.mark.parametrize("attestations", ["on", "off"])
def test_a_digest_that_the_registry_has_not_under_that_tag_is_refused(
    release: Release, verify: Verify, tmp_path: Path, attestations: str
) -> None:
    images = release.images | {"main_job": Image(TAGS["main_job"], f"sha256:{'e' * 64}")}
    replace(release, images=images).write(tmp_path / "release.json")
    sentence = refusal(verify("--attestations", attestations))
    there = release.images["main_job"].digest
    assert sentence == (
        f"main_job: the release names sha256:{'e' * 64}, the registry has {there} as {TAGS['main_job']}."
    )
    assert calls(tmp_path) == []


def test_a_tag_that_the_registry_has_not_is_refused(release: Release, verify: Verify, tmp_path: Path) -> None:
    images = release.images | {"main_job": Image(f"content-{'f' * 64}", release.images["main_job"].digest)}
    replace(release, images=images).write(tmp_path / "release.json")
    assert "the registry has nothing as content-ffff" in refusal(verify())


def test_a_release_that_is_not_published_is_refused(release: Release, verify: Verify, tmp_path: Path) -> None:
    replace(release, images={name: Image(tag) for name, tag in TAGS.items()}).write(tmp_path / "release.json")
    assert "has no digest of main_job, background_job; `pipeline publish`" in refusal(verify(), code=2)


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("name", ["", "jobs", "example-org/jobs/x", "https://example.com/jobs"])
def test_a_repository_that_is_none_is_refused(verify: Verify, name: str) -> None:
    assert refusal(verify(GITHUB_REPOSITORY=name), code=2).startswith("--repository is ")


@pytest.mark.usefixtures("release")
def test_a_missing_login_at_github_is_told_in_ghs_words(verify: Verify) -> None:
    assert refusal(verify(GH_TOKEN="")).endswith("please run: gh auth login")


@pytest.mark.usefixtures("release")
def test_a_missing_gh_is_told(verify: Verify, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(verify(PATH=str(empty)), code=2) == (
        "gh, GitHub's CLI, is not installed; it checks the images' attestations."
    )
