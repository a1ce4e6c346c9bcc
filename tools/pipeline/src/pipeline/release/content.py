"""Content tags: a hash of exactly what an image is made of, in a commit."""

import hashlib
from pathlib import Path

from deployment.errors import ToolError
from deployment.release import SERVICES

from pipeline.release.dockerfile import copied_paths
from pipeline.release.git import Commit, Entry, find_commit
from pipeline.release.model import Image, Release

# Raise it to have every image built anew though no input changed: when the way of building changed.
_RECIPE = 1
_FILES = {"100644", "100755"}
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


def content_release(repository: Path, commit: str) -> Release:
    """What a commit (`HEAD`, a branch, a hash) stands for; nothing is looked up, so no image has a digest.

    Raises BadInput for an unknown commit, and for a Dockerfile whose inputs cannot be told.
    """
    return release_of(find_commit(repository, commit))


def release_of(commit: Commit) -> Release:
    """The same for a commit that was found already."""
    images = {service: Image(content_tag(image_inputs(commit, service))) for service in SERVICES}
    return Release(commit.hash, commit.tree, images)


def content_tag(inputs: list[Entry]) -> str:
    """The tag of an image of these inputs."""
    content = hashlib.sha256(f"recipe {_RECIPE}\0".encode())
    for entry in sorted(inputs, key=lambda entry: entry.path):
        content.update(f"{entry.mode} {entry.hash} {entry.path}\0".encode(errors="surrogateescape"))
    return f"content-{content.hexdigest()}"


def image_inputs(commit: Commit, service: str) -> list[Entry]:
    """All files that an image is built from; raises BadInput and ToolError where they cannot be told."""
    sources = image_sources(commit, service)
    inputs = commit.entries(*sources)
    for entry in inputs:
        if entry.mode not in _FILES:
            kind = _KINDS.get(entry.mode, f"of mode {entry.mode}")
            raise ToolError(f"{sources[0]} needs {entry.path}, which is {kind}; only files are understood.")
    return inputs


def image_sources(commit: Commit, service: str) -> list[str]:
    """The Dockerfile, what it copies, and what may keep files from a build; files and folders."""
    dockerfile = f"services/{service}/Dockerfile"
    found = commit.entries(dockerfile)
    if not found:
        raise ToolError(f"{dockerfile} is not in commit {commit.hash[:12]}.")
    copied = copied_paths(dockerfile, commit.content(found[0]))
    for path in copied:
        if not commit.entries(path):
            raise ToolError(f"{dockerfile} copies {path}, which is not in commit {commit.hash[:12]}.")
    # Each engine has a name of its own for the list of what a build does not get to see.
    return [dockerfile, ".dockerignore", ".containerignore", f"{dockerfile}.dockerignore", *copied]
