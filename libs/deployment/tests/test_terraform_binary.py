"""Finding or fetching Terraform, with real binaries (shell scripts) and a real release site on loopback."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from deployment.errors import ToolError
from deployment.terraform.binary import PINNED_SHA256, Release, find_terraform, platform_name, version_of

VERSION = "1.11.4"
ZIP_NAME = f"terraform_{VERSION}_{platform_name()}.zip"


def script(version: str) -> str:
    return f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n'


def put_on_path(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    binary = folder / "terraform"
    binary.write_text(script(version))
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return binary


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("terraform", script(VERSION))
    return buffer.getvalue()


@pytest.fixture
def release_site() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A release site and the files it serves, by path."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", files
        server.shutdown()


@pytest.mark.parametrize("version", ["1.11.0", "1.14.2"])
def test_a_fitting_terraform_on_path_is_used(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = put_on_path(tmp_path / "on path", version, monkeypatch)

    assert find_terraform(tmp_path / "bin", print) == binary


@pytest.mark.parametrize("version", ["1.10.5", "2.0.0"])
def test_one_that_does_not_fit_is_replaced_by_the_pinned_release(
    version: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    release_site: tuple[str, dict[str, bytes]],
) -> None:
    # given
    put_on_path(tmp_path / "on path", version, monkeypatch)
    site, files = release_site
    files[f"/{VERSION}/{ZIP_NAME}"] = zipped()
    release = Release(VERSION, site, {platform_name(): hashlib.sha256(zipped()).hexdigest()})
    said: list[str] = []

    # when
    found = find_terraform(tmp_path / "bin", said.append, release)

    # then
    assert version_of(found) == (1, 11, 4)
    assert version in said[0]
    files.clear()
    assert find_terraform(tmp_path / "bin", said.append, release) == found, "no second download"


def test_a_wrong_checksum_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release_site: tuple[str, dict[str, bytes]]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    site, files = release_site
    files[f"/{VERSION}/{ZIP_NAME}"] = zipped()

    with pytest.raises(ToolError, match="checksum"):
        find_terraform(tmp_path / "bin", print, Release(VERSION, site, {platform_name(): "0" * 64}))

    assert not (tmp_path / "bin").exists()


def test_a_platform_without_a_pin_is_verified_by_the_published_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release_site: tuple[str, dict[str, bytes]]
) -> None:
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    site, files = release_site
    files[f"/{VERSION}/{ZIP_NAME}"] = zipped()
    sums = f"{'1' * 64}  other.zip\n{hashlib.sha256(zipped()).hexdigest()}  {ZIP_NAME}\n"
    files[f"/{VERSION}/terraform_{VERSION}_SHA256SUMS"] = sums.encode()

    assert version_of(find_terraform(tmp_path / "bin", print, Release(VERSION, site, {})))


def test_no_terraform_and_no_network_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolError, match=r"none is on PATH.*install Terraform 1\.11\.4"):
        find_terraform(tmp_path / "bin", print, Release(VERSION, "http://127.0.0.1:9"))


def test_the_usual_platforms_are_pinned() -> None:
    assert set(PINNED_SHA256) == {"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"}
    assert all(len(checksum) == 64 for checksum in PINNED_SHA256.values())
