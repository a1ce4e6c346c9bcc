"""Two runs of the same tree give the same record, whoever plans, where, and whether the images are built."""

import json
from pathlib import Path

import pytest
from review_clone import DIGESTS, NOT_BUILT, OTHER_TREE, Clone, clone_in

pytestmark = pytest.mark.waits


def plan(clone: Clone, out: Path, release: Path) -> bytes:
    done = clone.pipeline("plan", "dev", "--out", out, "--release", release, "--no-policies")
    assert done.returncode == 0, done.stderr
    return (out / "record.json").read_bytes()


def test_the_record_is_the_same_for_two_runs_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """Two accounts of the same number, two places, one before and one after the images were built."""
    with clone_in(tmp_path / "one") as one, clone_in(tmp_path / "deep/er/in a folder") as other:
        early = plan(one, tmp_path / "early", one.release(NOT_BUILT))
        late = plan(other, tmp_path / "late", other.release(DIGESTS))

        assert early == late
        changes = json.loads(early)["changes"]
        assert len(changes) > 80
        # A record is kept for weeks and read by a job that compares: it stays small.
        assert len(early) < 2_000 * len(changes)

        covered = one.pipeline(
            "compare", "--reviewed", tmp_path / "early/record.json", tmp_path / "late/record.json"
        )
        assert (covered.returncode, covered.stdout) == (0, "Everything that would change was reviewed.\n")

        for clone in (one, other):
            assert list(clone.temporary.iterdir()) == []
            bucket = clone.client("s3").list_buckets()["Buckets"][0]["Name"]
            assert clone.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 0
            assert not list(clone.folder.rglob("*.plan"))

        plan(one, tmp_path / "moved-on", one.release(DIGESTS, OTHER_TREE))
        refused = one.pipeline(
            "compare",
            *("--reviewed", tmp_path / "early/record.json"),
            *("--out", tmp_path / "difference.md"),
            tmp_path / "moved-on/record.json",
        )
        assert refused.returncode == 3
        assert "another tree of files was reviewed" in refused.stdout
        assert (tmp_path / "difference.md").read_text() == refused.stdout
