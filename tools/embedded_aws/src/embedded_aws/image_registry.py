"""ECR's images are those of a registry on loopback, once the embedded AWS is told of one.

moto knows only what PutImage brought, and nothing can be pushed to it. Here docker, podman and skopeo push to
a real registry, whose address GetAuthorizationToken gives; before each request about images, moto's list is
made equal to what the registry has. Its API: https://distribution.github.io/distribution/spec/api/
"""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3
from moto.core.responses import ActionResult
from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

_MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_TOKEN_LIFETIME = timedelta(hours=12)
_READERS = ("list_images", "describe_images", "batch_get_image", "describe_image_scan_findings")


@dataclass(frozen=True)
class ImageRegistry:
    """The registry at an address like `127.0.0.1:5000`; every method raises RuntimeError when it fails."""

    address: str

    def read_into(self, repository: Repository) -> None:
        """Makes a repository's images those that are tagged in the registry; they stay as old as they are."""
        known = {image.get_image_digest(): image for image in repository.images}
        found: dict[str, Image] = {}
        for tag in self._tags(repository.name):
            image = self._image(repository, tag)
            digest = image.get_image_digest()
            if digest not in found:
                found[digest] = known.get(digest, image)
                found[digest].image_tags = []
            found[digest].update_tag(tag)
        repository.images = list(found.values())

    def put(self, image: Image, tag: str) -> None:
        """Gives an image of the registry one more tag, or brings one whose layers are there."""
        self._call(
            "PUT",
            f"{image.repository_name}/manifests/{tag}",
            headers={"Content-Type": image.image_manifest_media_type},
            body=image.image_manifest.encode(),
        )

    def delete(self, image: Image) -> None:
        """Takes an image away, with all its tags."""
        self._call("DELETE", f"{image.repository_name}/manifests/{image.get_image_digest()}")

    def _tags(self, name: str) -> list[str]:
        """None of a repository to which nobody has pushed: the registry does not know it."""
        answer = self._call("GET", f"{name}/tags/list", allowed=(200, 404))
        return sorted(answer.json().get("tags") or [])

    def _image(self, repository: Repository, tag: str) -> Image:
        answer = self._call("GET", f"{repository.name}/manifests/{tag}", headers={"Accept": _MANIFESTS})
        return Image(
            repository.account_id,
            tag,
            answer.data.decode(),
            repository.name,
            answer.headers["Content-Type"],
            answer.headers["Docker-Content-Digest"],
        )

    def _call(
        self, method: str, path: str, allowed: tuple[int, ...] = (200, 201, 202), **rest: Any
    ) -> urllib3.BaseHTTPResponse:
        url = f"http://{self.address}/v2/{path}"
        answer = urllib3.request(method, url, retries=False, timeout=10, **rest)
        if answer.status not in allowed:
            raise RuntimeError(f"{method} {url}: {answer.status} {answer.data.decode(errors='replace')}")
        return answer


def apply(address: str) -> None:
    """Change moto's ECR in place."""
    registry = ImageRegistry(address)
    for name in _READERS:
        setattr(ECRBackend, name, _after_reading(registry, getattr(ECRBackend, name)))
    ECRBackend.put_image = _putting(registry, ECRBackend.put_image)
    ECRBackend.delete_repository = _deleting(registry, ECRBackend.delete_repository)
    Image.get_image_size_in_bytes = _size_in_bytes
    ECRResponse.get_authorization_token = _token(registry)
    ECRResponse.batch_delete_image = _not_one_by_one


def _after_reading(registry: ImageRegistry, stock: Callable[..., Any]) -> Callable[..., Any]:
    def answer(self: Any, repository_name: str, *arguments: Any, **named: Any) -> Any:
        if repository_name in self.repositories:
            registry.read_into(self.repositories[repository_name])
        return stock(self, repository_name, *arguments, **named)

    return answer


def _putting(registry: ImageRegistry, stock: Callable[..., Any]) -> Callable[..., Any]:
    def put_image(self: Any, repository_name: str, image_manifest: str, image_tag: str, *rest: Any) -> Any:
        repository = self.repositories[repository_name]
        if repository.is_tag_immutable():
            _refuse_taken_tag(repository, image_manifest, image_tag)
        registry.put(stock(self, repository_name, image_manifest, image_tag, *rest), image_tag)
        registry.read_into(repository)
        return repository._get_image(image_tag, None)

    return _after_reading(registry, put_image)


def _refuse_taken_tag(repository: Repository, manifest: str, tag: str) -> None:
    """moto says that it is the same image again."""
    for image in repository.images:
        if tag in image.image_tags and image.image_manifest != manifest:
            # moto finds out by an exception's module which service answers.
            refusal = ImageAlreadyExistsException(
                repository.name, repository.registry_id, image.image_digest, tag
            )
            refusal.code = "ImageTagAlreadyExistsException"
            raise refusal


def _deleting(registry: ImageRegistry, stock: Callable[..., Any]) -> Callable[..., Any]:
    def delete_repository(self: Any, repository_name: str, *arguments: Any) -> Any:
        if repository_name in self.repositories:
            registry.read_into(self.repositories[repository_name])
        repository = stock(self, repository_name, *arguments)
        for image in repository.images:
            registry.delete(image)
        return repository

    return delete_repository


def _size_in_bytes(self: Any) -> int:
    """What a task pulls; moto gives the size of the settings alone."""
    manifest = json.loads(self.image_manifest)
    parts = [manifest["config"], *manifest["layers"]] if "layers" in manifest else manifest["manifests"]
    return sum(part["size"] for part in parts)


def _token(registry: ImageRegistry) -> Callable[[Any], ActionResult]:
    def get_authorization_token(self: Any) -> ActionResult:
        token = b64encode(f"AWS:{self.current_account}-auth-token".encode()).decode()
        data = {
            "authorizationToken": token,
            "expiresAt": datetime.now(UTC) + _TOKEN_LIFETIME,
            "proxyEndpoint": f"http://{registry.address}",
        }
        return ActionResult({"authorizationData": [data]})

    return get_authorization_token


def _not_one_by_one(_self: Any) -> ActionResult:
    raise NotImplementedError("images of a registry are deleted with their repository only")
