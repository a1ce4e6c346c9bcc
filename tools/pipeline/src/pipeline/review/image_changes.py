"""Which images a plan changes."""

from dataclasses import dataclass
from typing import Any

from pipeline.release import Release

# What a root plans with before anybody has named a release (its variable's default).
_PLACEHOLDER = "sha256:" + "0" * 64


@dataclass(frozen=True)
class ImageChange:
    """A service's digest before and after; None before: nothing is deployed; None after: not built yet."""

    service: str
    before: str | None
    after: str | None
    tag: str


def image_changes(plan: dict[str, Any], release: Release) -> list[ImageChange]:
    """The services whose image changes; told by the root's output `image_digests`."""
    output = (plan.get("output_changes") or {}).get("image_digests") or {}
    old, new = (_digests(output.get(key)) for key in ("before", "after"))
    return [
        ImageChange(
            service,
            None if old.get(service) in {None, _PLACEHOLDER} else old[service],
            image.digest,
            image.tag,
        )
        for service, image in sorted(release.images.items())
        if new.get(service) and old.get(service) != new[service]
    ]


def _digests(value: Any) -> dict[str, str]:
    return value if isinstance(value, dict) else {}
