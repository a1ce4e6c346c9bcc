"""Pushes built images to ECR. Its tags are immutable: whoever is first wins, and nobody else has to push."""

from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deployment.errors import ToolError

from pipeline.images import Credentials, push
from pipeline.release.building import Built
from pipeline.release.model import Release, repository_name
from pipeline.release.registry import find_image, look_up

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@dataclass(frozen=True)
class Registry:
    """Where images go, such as `111122223333.dkr.ecr.eu-central-1.amazonaws.com`, for twelve hours."""

    host: str
    credentials: Credentials

    def name(self, service: str) -> str:
        """A service's images there, without tag or digest."""
        return f"{self.host}/{repository_name(service)}"


def log_in(ecr: "ECRClient") -> Registry:
    """The account's registry. Raises what boto3 raises."""
    data = ecr.get_authorization_token()["authorizationData"][0]
    user, _, password = b64decode(data["authorizationToken"]).decode().partition(":")
    return Registry(urlsplit(data["proxyEndpoint"]).netloc, Credentials(user, password))


def push_missing(
    release: Release, built: dict[str, Built], out: Path, ecr: "ECRClient"
) -> tuple[Release, list[str]]:
    """Pushes what is still missing; the release with all digests, and the services that were pushed."""
    registry = log_in(ecr) if built else None
    pushed = [service for service in built if registry and _push(service, built[service], out, registry, ecr)]
    whole = look_up(release, ecr)
    for service in whole.missing:
        name = f"{repository_name(service)}:{release.images[service].tag}"
        raise ToolError(f"{name} was pushed, and ECR does not have it; run the command again.")
    return whole, pushed


def _push(service: str, built: Built, out: Path, registry: Registry, ecr: "ECRClient") -> bool:
    # To build takes minutes: another run may have pushed the same meanwhile.
    if find_image(ecr, service, built.tag):
        return False
    try:
        push(out / f"{service}.tar", f"{registry.name(service)}:{built.tag}", registry.credentials)
    except ToolError:
        # ... or while this one pushed. The tag names the content, so its image will do.
        if find_image(ecr, service, built.tag):
            return False
        raise
    return True
