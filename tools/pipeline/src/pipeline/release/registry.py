"""Which of a release's images the registry has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from deployment.aws_errors import error_code

from pipeline.release.model import Release, repository_name

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@dataclass(frozen=True)
class PushedImage:
    """An image in the registry."""

    digest: str
    pushed_at: datetime


def look_up(release: Release, ecr: "ECRClient") -> Release:
    """The release with the digests of the images that are there. Raises what boto3 raises."""
    return with_digests(release, pushed_images(release, ecr))


def with_digests(release: Release, pushed: Mapping[str, PushedImage]) -> Release:
    """The release with the digests of these images, and of no others."""
    images = {
        service: replace(image, digest=pushed[service].digest if service in pushed else None)
        for service, image in release.images.items()
    }
    return replace(release, images=images)


def pushed_images(release: Release, ecr: "ECRClient") -> dict[str, PushedImage]:
    """The images of a release that are there, by service. Raises what boto3 raises."""
    found = {service: find_image(ecr, service, image.tag) for service, image in release.images.items()}
    return {service: image for service, image in found.items() if image}


def find_image(ecr: "ECRClient", service: str, tag: str) -> PushedImage | None:
    """A service's image of that tag; None while there is none. Raises what boto3 raises."""
    name = repository_name(service)
    try:
        details = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])["imageDetails"]
    except ClientError as error:
        if error_code(error) == "ImageNotFoundException":
            return None
        raise
    return PushedImage(details[0]["imageDigest"], details[0]["imagePushedAt"])
