"""What is read from an archive."""

import json
from pathlib import Path

import pytest
from deployment.errors import BadInput
from image_archives import INDEX, archive_with
from pipeline.images import Layer, describe, unpack


def test_an_image_is_described_by_digest_layers_size_and_config(tmp_path: Path) -> None:
    digest = archive_with(tmp_path / "a.tar")
    image = describe(tmp_path / "a.tar")
    assert image.digest == digest
    assert image.layers == (Layer("sha256:" + "a" * 64, 40), Layer("sha256:" + "b" * 64, 2))
    assert image.size_bytes == 42
    assert image.config["config"]["User"] == "10001:10001"


def test_an_archive_of_several_images_is_refused(tmp_path: Path) -> None:
    archive_with(tmp_path / "a.tar", images=2)
    with pytest.raises(BadInput, match="is no OCI archive of one image"):
        describe(tmp_path / "a.tar")


def test_an_archive_with_attestations_is_refused(tmp_path: Path) -> None:
    archive_with(tmp_path / "a.tar", media_type=INDEX)
    with pytest.raises(BadInput, match=f"it holds {INDEX.replace('+', '.')}"):
        describe(tmp_path / "a.tar")


def test_what_is_no_archive_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("no tar")
    with pytest.raises(BadInput, match=r"a\.tar is no OCI archive of one image"):
        describe(tmp_path / "a.tar")
    with pytest.raises(BadInput, match=r"b\.tar cannot be read: No such file"):
        describe(tmp_path / "b.tar")


def test_an_archive_unpacks_to_the_layout_that_scanners_read(tmp_path: Path) -> None:
    digest = archive_with(tmp_path / "a.tar")
    unpack(tmp_path / "a.tar", tmp_path / "a")
    assert json.loads((tmp_path / "a/index.json").read_text())["manifests"][0]["digest"] == digest
    assert (tmp_path / "a/blobs" / digest.replace(":", "/")).is_file()
