"""Plans a root with a release's images."""

import json
from pathlib import Path
from typing import Any

from deployment.roots import Root, deploys_images, find_state_bucket, initialise, terraform_variables
from deployment.target import Target

from pipeline.release import Release


def make_plan(
    root: Root, target: Target, release: Release, folder: Path, *, profile: str | None = None
) -> tuple[Path, dict[str, Any]]:
    """The plan file in `folder`, and the plan as JSON. Both hold secrets in clear text. Raises ToolError.

    Give it a `private_folder()`, so that the file is gone in every case.
    """
    digests = {service: image.planned_digest for service, image in release.images.items()}
    images = ["-var", f"image_digests={json.dumps(digests)}"] if deploys_images(root) else []
    bucket = find_state_bucket(root, target, profile)
    terraform = initialise(root, target, bucket, terraform_variables(target, profile))
    file = folder / "terraform.plan"
    return file, terraform.plan(file, *images)
