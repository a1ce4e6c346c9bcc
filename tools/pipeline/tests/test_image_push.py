"""What skopeo is asked when an image is pushed; tests/images pushes for real."""

import json
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from deployment.errors import ToolError
from image_archives import archive_with
from pipeline.images import Credentials, describe, push

REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
# Writes down how it was called and the file that says who we are; answers with the digest in $DIGEST.
FAKE_SKOPEO = f"""#!{sys.executable} -I
import json, os, pathlib, sys
options = dict(word.partition("=")[::2] for word in sys.argv[1:] if word.startswith("--"))
authentication = pathlib.Path(options.get("--dest-authfile", os.devnull))
said = {{
    "words": sys.argv[1:],
    "authentication": authentication.read_text(),
    "mode": authentication.parent.stat().st_mode & 0o777,
}}
pathlib.Path(os.environ["CALL"]).write_text(json.dumps(said))
pathlib.Path(options["--digestfile"]).write_text(os.environ["DIGEST"])
"""


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive, and a skopeo that says it has pushed it."""
    path = tmp_path / "main_job.tar"
    archive_with(path)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "skopeo").write_text(FAKE_SKOPEO)
    (tools / "skopeo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("CALL", str(tmp_path / "call"))
    monkeypatch.setenv("DIGEST", describe(path).digest)
    return path


def call(archive: Path) -> dict[str, object]:
    said: dict[str, object] = json.loads((archive.parent / "call").read_text())
    return said


def test_the_image_is_pushed_as_it_is_and_its_digest_is_told(archive: Path) -> None:
    assert push(archive, f"{REGISTRY}/main-job:content-1") == describe(archive).digest
    words = call(archive)["words"]
    assert isinstance(words, list)
    assert words[0] == "copy" and "--preserve-digests" in words
    assert words[-2:] == ["oci-archive:main_job.tar", f"docker://{REGISTRY}/main-job:content-1"]


def test_a_password_is_in_a_file_of_this_user_and_in_no_argument(archive: Path) -> None:
    push(archive, f"{REGISTRY}/main-job:content-1", Credentials("AWS", "canary-password"))
    said = call(archive)
    assert "canary-password" not in json.dumps(said["words"])
    assert said["mode"] == 0o700
    (entry,) = json.loads(str(said["authentication"]))["auths"].items()
    assert entry[0] == REGISTRY
    assert b64decode(entry[1]["auth"]) == b"AWS:canary-password"


def test_no_login_of_this_machine_is_used(archive: Path) -> None:
    push(archive, f"{REGISTRY}/main-job:content-1")
    assert json.loads(str(call(archive)["authentication"])) == {"auths": {}}


def test_a_password_is_not_in_what_credentials_say_of_themselves() -> None:
    assert "canary-password" not in repr(Credentials("AWS", "canary-password"))


@pytest.mark.parametrize(
    ("host", "is_plain"),
    [("127.0.0.1:5000", True), ("localhost:5000", True), (REGISTRY, False), ("127.0.0.1.example.com", False)],
)
def test_only_this_machine_is_spoken_to_without_tls(archive: Path, host: str, is_plain: bool) -> None:
    push(archive, f"{host}/main-job:content-1")
    words = call(archive)["words"]
    assert isinstance(words, list)
    assert ("--dest-tls-verify=false" in words) == is_plain


def test_a_registry_that_has_something_else_afterwards_is_an_error(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST", f"sha256:{'f' * 64}")
    with pytest.raises(ToolError, match=r"got sha256:f{64}, but .*main_job\.tar holds sha256:"):
        push(archive, f"{REGISTRY}/main-job:content-1")


def test_without_skopeo_there_is_one_sentence(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(archive.parent))
    with pytest.raises(ToolError, match="skopeo is missing; it pushes an image as it is"):
        push(archive, f"{REGISTRY}/main-job:content-1")
