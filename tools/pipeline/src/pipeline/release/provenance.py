"""Where an image comes from, by GitHub's attestations; `gh` checks their signatures.

https://cli.github.com/manual/gh_attestation_verify
"""

import base64
import json
import os
import subprocess
from pathlib import Path

from deployment.errors import BadInput, ToolError
from deployment.private_folder import private_folder

from pipeline.images import Credentials
from pipeline.release.model import Release
from pipeline.release.publishing import Registry

# Attestations are signed as the workflow that makes them: for a reusable one, that is it, not its caller.
SIGNER = ".github/workflows/_publish.yml"
_SOURCE = "refs/heads/main"


def verify_attestations(release: Release, registry: Registry, repository: str) -> None:
    """Raises ToolError unless each image was built by this repository's workflow, on main, by GitHub."""
    with private_folder() as folder:
        _write_docker_settings(folder, registry.host, registry.credentials)
        for service, image in release.images.items():
            _verify(f"oci://{registry.name(service)}@{image.digest}", repository, folder)


def _verify(image: str, repository: str, docker_settings: Path) -> None:
    command = [
        *("gh", "attestation", "verify", image, "--repo", repository),
        *("--signer-workflow", f"{repository}/{SIGNER}", "--source-ref", _SOURCE),
        "--deny-self-hosted-runners",
    ]
    environment = os.environ | {"DOCKER_CONFIG": str(docker_settings)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BadInput("gh, GitHub's CLI, is not installed; it checks the images' attestations.") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split()) or f"gh ended with {done.returncode}"
        raise ToolError(f"{image} is not attested as built by {repository}'s {SIGNER} on main: {said}")


def _write_docker_settings(folder: Path, host: str, credentials: Credentials) -> None:
    """gh reads images' manifests with the login that docker would use."""
    token = base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": token}}}))
