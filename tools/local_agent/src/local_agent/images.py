"""Images as service folders: what to run is read from the folder's Dockerfile."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

# Where things are inside an image is not where they are on this machine.
PLACES = frozenset({"PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "HOME", "TMPDIR"})


class ImageError(Exception):
    """An image cannot be run here; the message becomes the task's stopped reason."""


@dataclass(frozen=True)
class Image:
    """What the Dockerfile of a service folder says about running it."""

    folder: Path
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def read_images(path: Path) -> dict[str, Path]:
    """The images file: repository name to service folder, relative to the working directory.

    Raises ImageError with one sentence when the file is not such a table.
    """
    try:
        table = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ImageError(f"The images file {path} cannot be read: {error}.") from None
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ImageError(f"The images file {path} must hold an object of repository name to folder.")
    return {name: Path(folder).resolve() for name, folder in table.items()}


def repository_of(image_uri: str) -> str:
    """`host/name@sha256:…` or `host/name:tag` to `name`."""
    name = image_uri.partition("@")[0]
    host, slash, rest = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        name = rest
    return name.partition(":")[0]


def find_image(images: dict[str, Path], image_uri: str) -> Image:
    """The image behind a URI of a task definition. Raises ImageError."""
    folder = images.get(repository_of(image_uri))
    if folder is None:
        raise ImageError(f"CannotPullContainerError: {image_uri} is not in the agent's images file.")
    try:
        return parse_dockerfile((folder / "Dockerfile").read_text(), folder)
    except OSError as error:
        raise ImageError(f"CannotPullContainerError: {folder}/Dockerfile: {error.strerror}.") from None


def parse_dockerfile(text: str, folder: Path) -> Image:
    """ENTRYPOINT, CMD and ENV of the last stage that a Dockerfile builds."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    for line in re.sub(r"\\\s*\n", " ", text).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        match instruction.upper():
            case "FROM":
                entrypoint, command, environment = (), (), {}
            case "ENTRYPOINT":
                entrypoint, command = _words(rest), ()
            case "CMD":
                command = _words(rest)
            case "ENV":
                environment.update(_pairs(rest))
    kept = {name: value for name, value in environment.items() if name not in PLACES and "$" not in value}
    return Image(folder, entrypoint, command, kept)


def _words(text: str) -> tuple[str, ...]:
    """The exec form is a JSON list; anything else goes to a shell, as Docker does."""
    try:
        words = json.loads(text)
    except ValueError:
        return ("/bin/sh", "-c", text.strip())
    return tuple(str(word) for word in words)


def _pairs(text: str) -> dict[str, str]:
    if "=" not in text.split(" ", 1)[0]:
        name, _, value = text.strip().partition(" ")
        return {name: value.strip()}
    found = re.findall(r"""(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""", text)
    return {name: value.strip("\"'") for name, value in found}
