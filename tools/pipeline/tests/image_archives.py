"""OCI archives of images that hold next to nothing."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def add(tar: tarfile.TarFile, name: str, content: Any) -> bytes:
    data = json.dumps(content).encode()
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
    return data


def add_blob(tar: tarfile.TarFile, content: Any) -> str:
    hash_ = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    add(tar, f"blobs/sha256/{hash_}", content)
    return f"sha256:{hash_}"


def archive_with(
    path: Path, *, media_type: str = MANIFEST, images: int = 1, user: str = "10001:10001"
) -> str:
    """Writes an archive; the digest of its image."""
    with tarfile.open(path, "w") as tar:
        config = add_blob(tar, {"config": {"User": user}})
        layers = [{"digest": f"sha256:{name * 64}", "size": size} for name, size in (("a", 40), ("b", 2))]
        digest = add_blob(tar, {"config": {"digest": config}, "layers": layers})
        add(tar, "index.json", {"manifests": [{"mediaType": media_type, "digest": digest}] * images})
    return digest
