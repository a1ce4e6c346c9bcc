"""docs/rollback.md, followed in a repository with a good and a bad commit, both deployed."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from copied_repository import CopiedRepository
from deployment.product import product
from deployment.target import local_target
from pipeline.release import content_release, repository_name
from small_clone import BUCKET, STATE, STEP_SECONDS, SmallClone, in_account, lay_out_small_root, lay_out_tools

FIRST = ("disaster.md", "First, always")
REVERT = ("rollback.md", "Revert on main")
BY_HAND = ("disaster.md", "GitHub is down, or its token is refused")
LAPTOP = ("rollback.md", "From a laptop")
MAIN_JOB = "services/main_job/src/main_job/handler.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(STEP_SECONDS),
    pytest.mark.aws_cli,
]


@dataclass
class Deployed:
    """A clone whose dev runs the images of `bad`; those of `good` ran before."""

    clone: SmallClone
    git: CopiedRepository
    good: str
    bad: str

    def tags(self, commit: str) -> dict[str, str]:
        """The content tags of a commit's images."""
        images = content_release(self.git.folder, commit).images
        return {service: image.tag for service, image in images.items()}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("rollback") / "clone"
    git = CopiedRepository(folder)
    shutil.rmtree(folder / "infra/envs/dev")
    lay_out_small_root(folder / "infra/envs/dev")
    lay_out_tools(folder)
    good = git.commit()
    with in_account(folder) as clone:
        ecr = local_target(clone.endpoint).client("ecr")
        for name in ("main-job", "background-job"):
            ecr.create_repository(repositoryName=f"{product().project_name}-{name}")
        made = Deployed(clone, git, good, good)
        for commit in (good, git.change(MAIN_JOB)):
            made.bad = commit
            done = clone.apply(_digests(ecr, made.tags(commit)))
            assert done.returncode == 0, done.stderr
        yield made


def test_going_back_from_a_laptop_changes_the_images_and_nothing_else(deployed: Deployed) -> None:
    before = _images(deployed.clone)

    def good_and_yes(script: str) -> str:
        return f"GOOD={deployed.good}\n" + script.replace("make apply", "echo yes | make apply")

    printed = deployed.clone.follow(FIRST, LAPTOP, change=good_and_yes)

    after = _images(deployed.clone)
    assert before["main_job"] != after["main_job"]
    assert before["background_job"] == after["background_job"]
    assert "no workflow has deployed here" in printed
    assert "0 added, 0 changed, 0 destroyed" in printed
    assert "No changes." in printed


def test_a_revert_has_the_images_of_before_in_the_registry(deployed: Deployed) -> None:
    printed = deployed.clone.follow(REVERT, change=lambda script: f"BAD={deployed.bad}\n{script}")

    assert printed.count("in the registry") == 2
    assert "missing" not in printed
    assert deployed.tags("HEAD") == deployed.tags(deployed.good) != deployed.tags(deployed.bad)


def test_github_is_not_needed_to_deploy(deployed: Deployed) -> None:
    """After the revert, whose images are in the registry; the policies have tests of their own."""
    printed = deployed.clone.follow(
        FIRST, BY_HAND, change=lambda script: script.replace("--out plan", "--out plan --no-policies")
    )

    head = deployed.git.git("rev-parse", "HEAD")
    assert "## dev: " in printed
    written = json.loads(deployed.clone.s3.get_object(Bucket=BUCKET, Key="dev/release.json")["Body"].read())
    assert (written["commit"], written["phase"]) == (head, "deployed")
    assert _images(deployed.clone) == written["digests"]


def _digests(ecr: Any, tags: dict[str, str]) -> dict[str, str]:
    """Puts an image under each tag that has none; the digests."""
    digests = {}
    for service, tag in tags.items():
        name = repository_name(service)
        listed = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": tag}])["images"]
        [image] = listed or [ecr.put_image(repositoryName=name, imageTag=tag, **_manifest(tag))["image"]]
        digests[service] = image["imageId"]["imageDigest"]
    return digests


def _manifest(tag: str) -> dict[str, str]:
    """Of an image that nobody pulls; each tag's differs."""
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": [], "annotations": {"of": tag}}
    text = json.dumps(manifest)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return {"imageManifest": text, "imageManifestMediaType": kind, "imageDigest": digest}


def _images(clone: SmallClone) -> dict[str, str]:
    state = json.loads(clone.s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    images: dict[str, str] = state["outputs"]["image_digests"]["value"]
    return images
