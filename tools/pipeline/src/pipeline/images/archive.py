"""What an OCI archive holds (https://github.com/opencontainers/image-spec/blob/main/image-layout.md)."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import BadInput

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Layer:
    """A layer as a registry stores it: compressed."""

    digest: str
    size_bytes: int


@dataclass(frozen=True)
class Description:
    """An image. `digest` is its manifest's: what a task definition names."""

    digest: str
    layers: tuple[Layer, ...]
    config: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        """What a task pulls."""
        return sum(layer.size_bytes for layer in self.layers)


def describe(archive: Path) -> Description:
    """Reads the one image of an archive; raises BadInput."""
    try:
        with tarfile.open(archive) as tar:
            return _describe(tar)
    except OSError as error:
        raise BadInput(f"{archive} cannot be read: {error.strerror or error}.") from None
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise BadInput(
            f"{archive} is no OCI archive of one image ({error}); make it with `pipeline build`."
        ) from None


def _describe(tar: tarfile.TarFile) -> Description:
    (entry,) = _json(tar, "index.json")["manifests"]
    if entry["mediaType"] != _MANIFEST:
        raise ValueError(f"it holds {entry['mediaType']}")
    manifest = _blob(tar, entry["digest"])
    layers = tuple(Layer(layer["digest"], layer["size"]) for layer in manifest["layers"])
    return Description(entry["digest"], layers, _blob(tar, manifest["config"]["digest"]))


def _blob(tar: tarfile.TarFile, digest: str) -> dict[str, Any]:
    return _json(tar, f"blobs/{digest.replace(':', '/')}")


def _json(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    content = json.load(file)
    if not isinstance(content, dict):
        raise TypeError(f"{name} is no object")
    return content


def unpack(archive: Path, folder: Path) -> None:
    """Writes the archive's files as a folder (an OCI image layout), which is what scanners read."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
