"""Builds the images that the registry lacks, from the commit and not from the work tree."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from deployment.errors import BadInput
from deployment.release import SERVICES

from pipeline.images import build, describe, find_engine, unpack
from pipeline.release.content import image_inputs, image_sources
from pipeline.release.git import Commit
from pipeline.release.model import Release

_NAMED = 3


@dataclass(frozen=True)
class Built:
    """An image in a folder, as `<service>.tar`; its tag names what it was built from."""

    tag: str
    digest: str


def refuse_changes(head: Commit) -> None:
    """Raises BadInput when an input of an image differs in the work tree: it would not be what is built."""
    sources = {path for service in SERVICES for path in image_sources(head, service)}
    changed = head.differences(sorted(sources))
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise BadInput(
            f"{', '.join(changed[:_NAMED])}{more} differ from commit {head.hash[:12]}, and images are "
            "built from commits; commit the changes, or stash them."
        )


def build_missing(commit: Commit, release: Release, out: Path) -> dict[str, Built]:
    """Builds what has no digest into `out`, and takes what an earlier call has built there; by service."""
    tags = {service: release.images[service].tag for service in release.missing}
    built = {service: image for service in tags if (image := _built_before(out, service, tags[service]))}
    to_build = [service for service in tags if service not in built]
    if to_build:
        # Only now: where nothing is built, nothing needs to be there that builds.
        engine = find_engine()
    for service in to_build:
        with _inputs(commit, service) as context:
            archive = build(context, service, engine, out)
        built[service] = Built(tags[service], describe(archive).digest)
        unpack(archive, out / service)
        _note(out, service).write_text(json.dumps(asdict(built[service])))
    return built


def _built_before(out: Path, service: str, tag: str) -> Built | None:
    try:
        built = Built(**json.loads(_note(out, service).read_text()))
        fits = built == Built(tag, describe(out / f"{service}.tar").digest)
    except (OSError, ValueError, TypeError, BadInput):
        return None
    return built if fits else None


def _note(out: Path, service: str) -> Path:
    return out / f"{service}.json"


@contextmanager
def _inputs(commit: Commit, service: str) -> Iterator[Path]:
    """A folder with an image's inputs and nothing else, byte by byte and with the modes that git knows.

    So what is built is what the tag names: no file that git ignores, no conversion of line ends, no umask.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for entry in image_inputs(commit, service):
            file = folder / entry.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(commit.content(entry))
            file.chmod(int(entry.mode[-3:], 8))
        for path in folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        yield folder
