"""`jobctl example`: which there are."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jobctl.examples.catalogue import EXAMPLES

REPOSITORY = Path(__file__).resolve().parents[3]
RunJobctl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", ["", "http-intake", "../infra"])
def test_an_unknown_example_is_told_in_one_sentence_with_those_that_there_are(
    jobctl: RunJobctl, name: str
) -> None:
    ended = jobctl("example", "--", name)

    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert f"There is no example {name!r}; it must be one of {', '.join(EXAMPLES)}." in ended.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_folder_that_an_example_names_is_there(name: str) -> None:
    layout = EXAMPLES[name].layout

    assert all((REPOSITORY / root / "backend.tf").is_file() for root in layout.roots.values())
    assert all((REPOSITORY / folder / "Dockerfile").is_file() for folder in layout.images.values())
    backend = (REPOSITORY / layout.roots[layout.main_root] / "backend.tf").read_text()
    assert f'"{EXAMPLES[name].state_key}"' in backend
