"""What a release is, and the file that carries it from job to job: `release.json`."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import BadInput, ToolError
from deployment.product import product
from deployment.release import SERVICES

FORMAT = 1
TAG = re.compile(r"content-[0-9a-f]{64}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class Image:
    """`tag` names what the image is made of; `digest` is what the registry has, None while it has none."""

    tag: str
    digest: str | None = None

    @property
    def planned_digest(self) -> str:
        """The digest, or one to plan with while there is none: no image has it, so it starts no task."""
        return self.digest or "sha256:" + self.tag.removeprefix("content-")


@dataclass(frozen=True)
class Release:
    """The images of a commit by service (`main_job`); `tree` is the hash of the commit's files."""

    commit: str
    tree: str
    images: dict[str, Image]

    @property
    def missing(self) -> list[str]:
        """The services whose image is not in the registry yet."""
        return [service for service, image in self.images.items() if image.digest is None]

    def text(self) -> str:
        """The file's content."""
        images = {name: {"tag": image.tag, "digest": image.digest} for name, image in self.images.items()}
        content = {"format": FORMAT, "commit": self.commit, "tree": self.tree, "images": images}
        return json.dumps(content, indent=2) + "\n"

    def write(self, file: Path) -> None:
        """Writes the file; raises ToolError where that cannot be done."""
        try:
            file.write_text(self.text())
        except OSError as error:
            raise ToolError(f"{file} cannot be written: {error.strerror}.") from None

    @classmethod
    def read(cls, file: Path) -> "Release":
        """Reads such a file; raises BadInput with what is wrong in it."""
        try:
            return _release(json.loads(file.read_text()))
        except OSError as error:
            raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError) as error:
            why = _reason(error)
            raise BadInput(f"{file} is no release ({why}); `pipeline release --out` makes one.") from None


def repository_name(service: str) -> str:
    """The repository that holds a service's images, in every registry."""
    return f"{product().project_name}-{service.replace('_', '-')}"


def _release(content: dict[str, Any]) -> Release:
    if content["format"] != FORMAT:
        raise ValueError(f"format is {content['format']!r}, not {FORMAT}")
    commit, tree = (_matching(name, content[name], _HASH) for name in ("commit", "tree"))
    if sorted(content["images"] or []) != sorted(SERVICES):
        raise ValueError(f"images must be those of {', '.join(SERVICES)}")
    images = {name: _image(name, image["tag"], image["digest"]) for name, image in content["images"].items()}
    return Release(commit, tree, images)


def _image(service: str, tag: object, digest: object) -> Image:
    found = None if digest is None else _matching(f"the digest of {service}", digest, DIGEST)
    return Image(_matching(f"the tag of {service}", tag, TAG), found)


def _matching(what: str, value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{what} is {value!r}")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "not JSON"
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return "no object where one must be" if isinstance(error, TypeError) else str(error)
