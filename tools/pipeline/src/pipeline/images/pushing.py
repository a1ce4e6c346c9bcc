"""An archive into a registry."""

import base64
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from deployment.errors import ToolError
from deployment.target import LOOPBACK

from pipeline.images.archive import describe
from pipeline.images.processes import run


@dataclass(frozen=True)
class Credentials:
    """What a registry asks for; ECR's user is always `AWS`."""

    user: str
    password: str = field(repr=False)


def push(archive: Path, reference: str, credentials: Credentials | None = None) -> str:
    """Pushes the archive's image to `<host>/<repository>:<tag>`; gives its digest in the registry.

    The digest is the archive's own: no layer is compressed anew. Raises ToolError.
    """
    if shutil.which("skopeo") is None:
        raise ToolError(
            "skopeo is missing; it pushes an image as it is, whichever engine has built it: install it."
        )
    archive = archive.resolve()
    host = urlsplit(f"//{reference}").hostname
    with tempfile.TemporaryDirectory() as folder:
        digest_file = Path(folder) / "digest"
        command = ["skopeo", "copy", "--quiet", "--preserve-digests", f"--digestfile={digest_file}"]
        # As docker does: plain HTTP to this machine only.
        command += ["--dest-tls-verify=false"] if host in LOOPBACK else []
        # Always: without it skopeo takes what somebody has logged in with on this machine.
        command += [f"--dest-authfile={_auth_file(Path(folder), reference, credentials)}"]
        run([*command, f"oci-archive:{archive.name}", f"docker://{reference}"], archive.parent)
        pushed = digest_file.read_text().strip()
    if pushed != (built := describe(archive).digest):
        raise ToolError(
            f"{reference} got {pushed}, but {archive} holds {built}: the registry changed the image."
        )
    return pushed


def _auth_file(folder: Path, reference: str, credentials: Credentials | None) -> Path:
    """In a folder that only this user can enter; a command's arguments are seen by every user."""
    logins = {}
    if credentials:
        token = base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
        logins[reference.partition("/")[0]] = {"auth": token}
    file = folder / "auth.json"
    file.write_text(json.dumps({"auths": logins}))
    return file
