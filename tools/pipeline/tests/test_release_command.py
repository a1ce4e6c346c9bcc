"""`pipeline release` and its file, against the embedded AWS."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deployment.errors import BadInput, ToolError
from deployment.release import SERVICES, given_release
from pipeline.release import Image, Release, content_release, look_up

REPOSITORY = Path(__file__).resolve().parents[3]
TAGS = {service: f"content-{digit * 64}" for service, digit in zip(SERVICES, "ab", strict=True)}
RELEASE = Release("1" * 40, "2" * 40, {service: Image(tag) for service, tag in TAGS.items()})
PutImage = Callable[[str, str], str]
RunRelease = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(run_pipeline: RunRelease) -> RunRelease:
    return partial(run_pipeline, "release")


def test_a_release_has_the_digest_of_what_is_in_the_registry_and_none_of_what_is_not(
    ecr: Any, put_image: PutImage
) -> None:
    digest = put_image("main_job", TAGS["main_job"])
    put_image("background_job", f"content-{'9' * 64}")

    found = look_up(RELEASE, ecr)

    assert found.images["main_job"].digest == digest
    assert found.images["background_job"].digest is None
    assert found.missing == ["background_job"]
    assert replace(found, images=RELEASE.images) == RELEASE


def test_a_digest_that_the_registry_has_no_more_is_forgotten(ecr: Any) -> None:
    stale = replace(RELEASE, images={name: Image(tag, f"sha256:{'e' * 64}") for name, tag in TAGS.items()})
    assert look_up(stale, ecr) == RELEASE


def test_a_missing_image_is_planned_with_a_digest_that_reads_as_one() -> None:
    assert Image(TAGS["main_job"]).planned_digest == f"sha256:{'a' * 64}"
    assert Image(TAGS["main_job"], f"sha256:{'e' * 64}").planned_digest == f"sha256:{'e' * 64}"


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    images = {
        "main_job": Image(TAGS["main_job"], f"sha256:{'e' * 64}"),
        "background_job": RELEASE.images["background_job"],
    }
    release = replace(RELEASE, images=images)
    release.write(tmp_path / "release.json")
    assert Release.read(tmp_path / "release.json") == release


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "format is 2, not 1"),
        ({"commit": "main"}, "commit is 'main'"),
        ({"tree": None}, "tree is None"),
        ({"images": {}}, "images must be those of main_job, background_job"),
        ({"images": None}, "images must be those of"),
        ({"images": {name: {"tag": TAGS["main_job"]} for name in SERVICES}}, "'digest' is missing"),
        (
            {"images": {name: {"tag": "latest", "digest": None} for name in SERVICES}},
            "the tag of .* is 'latest'",
        ),
        (
            {"images": {name: {"tag": TAGS["main_job"], "digest": "sha256:e"} for name in SERVICES}},
            "the digest of",
        ),
    ],
)
def test_a_file_that_is_no_release_is_refused(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps(json.loads(RELEASE.text()) | change))
    with pytest.raises(
        BadInput, match=rf"release.json is no release \(.*{sentence}.*\); `pipeline release --out`"
    ):
        Release.read(file)


@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "not JSON"), ("[]", "no object"), ("{}", "'format' is missing")]
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "release.json"
    file.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        Release.read(file)


def test_a_file_that_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none/release.json cannot be read: No such file or directory\."):
        Release.read(tmp_path / "none/release.json")
    with pytest.raises(ToolError, match=r"none/release.json cannot be written: No such file or directory\."):
        RELEASE.write(tmp_path / "none/release.json")


def test_the_command_prints_a_table_that_fits_a_log(
    ecr: Any, put_image: PutImage, run: RunRelease, tmp_path: Path
) -> None:
    expected = content_release(REPOSITORY, "HEAD")
    digest = put_image("main_job", expected.images["main_job"].tag)

    done = run("--out", str(tmp_path / "release.json"))

    assert done.returncode == 0, done.stderr
    title, head, main_job, background_job = (line.strip() for line in done.stdout.splitlines())
    assert title.startswith(f"Commit {expected.commit[:12]}, in the local stack")
    assert head.split("  ")[0] == "service"
    assert main_job.split()[:6] == [
        "main_job",
        expected.images["main_job"].tag[:20],
        "in",
        "the",
        "registry",
        digest[:19],
    ]
    assert main_job.endswith("UTC")
    assert background_job.split() == [
        "background_job",
        expected.images["background_job"].tag[:20],
        "missing",
        "-",
        "-",
    ]
    assert Release.read(tmp_path / "release.json") == look_up(expected, ecr)


def test_json_is_the_whole_release(ecr: Any, run: RunRelease) -> None:
    done = run("--commit", "HEAD", "--json")
    assert done.stdout == look_up(content_release(REPOSITORY, "HEAD"), ecr).text(), done.stderr


@pytest.mark.usefixtures("ecr")
def test_digests_are_what_make_update_deploys(put_image: PutImage, run: RunRelease) -> None:
    images = content_release(REPOSITORY, "HEAD").images
    digest = put_image("main_job", images["main_job"].tag)
    done = run("--digests")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The registry has no image of background_job for commit" in done.stderr

    other = put_image("background_job", images["background_job"].tag)
    assert given_release(run("--digests").stdout).digests == {"main_job": digest, "background_job": other}


@pytest.mark.usefixtures("ecr")
def test_an_unknown_commit_is_bad_input(run: RunRelease) -> None:
    done = run("--commit", "nothing-of-that-name")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pipeline: There is no commit 'nothing-of-that-name' in ")


def test_a_registry_without_the_repositories_is_one_sentence(run: RunRelease) -> None:
    done = run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pipeline: The image repository does not exist in the local stack")
    assert done.stderr.count("\n") == 1


def test_no_credentials_are_one_sentence(run: RunRelease) -> None:
    done = run(AWS_ENDPOINT_URL="", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pipeline: No AWS credentials were found")


def test_an_aws_that_does_not_answer_is_one_sentence(run: RunRelease) -> None:
    done = run(AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not answer" in done.stderr
    assert done.stderr.count("\n") == 1
