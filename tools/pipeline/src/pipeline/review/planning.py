"""Plans a root with a release's images."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.roots import Root, deploys_images, find_state_bucket, initialise, terraform_variables
from deployment.target import Target
from deployment.terraform import TerraformRoot

from pipeline.release import Release


@dataclass(frozen=True)
class Planned:
    """The plan file and the plan as JSON, both with secrets in clear text; what Terraform warns of.

    `terraform` is the one that planned, with which the file can be applied.
    """

    terraform: TerraformRoot
    file: Path
    document: dict[str, Any]
    warnings: tuple[str, ...]


def make_plan(
    root: Root, target: Target, release: Release, folder: Path, *, profile: str | None = None
) -> tuple[Path, dict[str, Any]]:
    """The plan file in `folder`, and the plan as JSON. Both hold secrets in clear text. Raises ToolError.

    Give it a `private_folder()`, so that the file is gone in every case.
    """
    digests = {service: image.planned_digest for service, image in release.images.items()}
    planned = plan_root(root, target, digests, folder, profile=profile)
    return planned.file, planned.document


def plan_root(
    root: Root,
    target: Target,
    digests: Mapping[str, str] | None,
    folder: Path,
    *,
    profile: str | None = None,
) -> Planned:
    """The same with any digests; None leaves the root's own default."""
    images = ["-var", f"image_digests={json.dumps(digests)}"] if digests and deploys_images(root) else []
    bucket = find_state_bucket(root, target, profile)
    terraform = initialise(root, target, bucket, terraform_variables(target, profile))
    file = folder / "terraform.plan"
    document = terraform.plan(file, *images)
    return Planned(terraform, file, document, tuple(terraform.progress.warnings))
