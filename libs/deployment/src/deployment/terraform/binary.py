"""Finds a Terraform that fits, or downloads the pinned release and verifies its checksum."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deployment.errors import ToolError

# 1.11 is the first that locks S3 state natively (use_lockfile) and has write-only arguments.
OLDEST = (1, 11)
TOO_NEW = (2, 0)
PINNED_VERSION = "1.11.4"
# From the formula of Terraform 1.11.4 in HashiCorp's own Homebrew tap. Platforms that are not listed are
# verified against the release's SHA256SUMS file, fetched over https: safe against a broken download, but
# not against a broken release site.
PINNED_SHA256 = {
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
}
DOWNLOAD_TIMEOUT_SECONDS = 60
_VERSION_TIMEOUT_SECONDS = 30
Say = Callable[[str], None]


@dataclass(frozen=True)
class Release:
    """One Terraform release: where its zip files are and what they must hash to, by platform."""

    version: str = PINNED_VERSION
    site: str = "https://releases.hashicorp.com/terraform"
    sha256: Mapping[str, str] = field(default_factory=lambda: PINNED_SHA256)

    def url(self, file_name: str) -> str:
        """The address of one file of the release."""
        return f"{self.site}/{self.version}/{file_name}"


def find_terraform(local_bin: Path, say: Say, release: Release | None = None) -> Path:
    """The Terraform to use: on PATH when it fits, else in `local_bin`, where it is downloaded when missing.

    Raises ToolError when the one on PATH does not fit and the download fails.
    """
    release = release or Release()
    on_path = shutil.which("terraform")
    found = "none is on PATH"
    if on_path:
        version = version_of(Path(on_path))
        if version and OLDEST <= version < TOO_NEW:
            return Path(on_path)
        found = f"{on_path} is {'.'.join(map(str, version)) if version else 'not one that answers'}"
    downloaded = local_bin / f"terraform-{release.version}"
    if version_of(downloaded) is None:
        say(f"Terraform 1.11 or later is needed ({found}); downloading {release.version}.")
        _download(release, downloaded, found)
    return downloaded


def version_of(binary: Path) -> tuple[int, ...] | None:
    """The version as numbers, or None when `binary` does not answer."""
    try:
        answer = subprocess.run(
            [str(binary), "version", "-json"],
            capture_output=True,
            timeout=_VERSION_TIMEOUT_SECONDS,
            check=True,
            env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        )
        text = str(json.loads(answer.stdout)["terraform_version"])
        return tuple(int(part) for part in text.partition("-")[0].split("."))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None


def platform_name() -> str:
    """This machine as Terraform names it, e.g. `linux_amd64`."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def _download(release: Release, target: Path, found: str) -> None:
    zip_name = f"terraform_{release.version}_{platform_name()}.zip"
    try:
        content = _fetch(release.url(zip_name))
        expected = release.sha256.get(platform_name()) or _published_sha256(release, zip_name)
    except (urllib.error.URLError, OSError) as error:
        raise ToolError(
            f"Terraform 1.11 or later is needed ({found}), and {release.url(zip_name)} could not be "
            f"downloaded ({error}); install Terraform {release.version} and put it on PATH."
        ) from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise ToolError(f"The checksum of {release.url(zip_name)} is not {expected}; it was thrown away.")
    _unpack(content, target)


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=DOWNLOAD_TIMEOUT_SECONDS) as answer:  # noqa: S310 - https, or a test's own server
        return bytes(answer.read())


def _published_sha256(release: Release, zip_name: str) -> str:
    sums = _fetch(release.url(f"terraform_{release.version}_SHA256SUMS")).decode()
    for line in sums.splitlines():
        checksum, _, name = line.partition("  ")
        if name.strip() == zip_name:
            return checksum
    raise ToolError(f"Terraform {release.version} is not published for {platform_name()}; install one.")


def _unpack(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        archive = Path(folder) / "terraform.zip"
        archive.write_bytes(content)
        with zipfile.ZipFile(archive) as opened:
            binary = Path(opened.extract("terraform", folder))
        binary.chmod(0o755)
        # Rename last: a second run never sees half a binary.
        binary.replace(target)
