"""The files that a job tells the runner by."""

from pathlib import Path

import pytest
from pipeline.github.runner import add_summary, set_output


def test_a_summary_longer_than_github_takes_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))

    add_summary("ä" * 1_000_000)

    written = (tmp_path / "summary").read_bytes()
    assert len(written) <= 1024 * 1024
    assert written.decode().rstrip().endswith("The artifacts of the run have all of it.")


def test_outside_of_github_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)

    add_summary("text")
    set_output("name", "value")

    assert list(tmp_path.iterdir()) == []


def test_an_output_of_several_lines_could_set_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))

    with pytest.raises(ValueError, match="several lines"):
        set_output("found", "false\nreviewed=true")
