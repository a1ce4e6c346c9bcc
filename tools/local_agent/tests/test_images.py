"""Dockerfiles and image names."""

from pathlib import Path

import pytest
from local_agent.images import ImageError, parse_dockerfile, read_images, repository_of

DOCKERFILE = """
FROM base AS build
ENTRYPOINT ["wrong"]
ENV A=wrong
FROM base
ENV A=1 B="two words" \\
    C='three'
ENV D four words
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app
CMD ["--flag"]
ENTRYPOINT ["python", "-m", "demo"]
CMD ["--other"]
"""


def test_the_last_stage_of_a_dockerfile_says_what_runs() -> None:
    image = parse_dockerfile(DOCKERFILE, Path("folder"))
    assert image.entrypoint == ("python", "-m", "demo")
    assert image.command == ("--other",)
    assert image.environment == {"A": "1", "B": "two words", "C": "three", "D": "four words"}


def test_the_shell_form_goes_to_a_shell() -> None:
    assert parse_dockerfile("FROM x\nENTRYPOINT exec demo", Path()).entrypoint == (
        "/bin/sh",
        "-c",
        "exec demo",
    )


@pytest.mark.parametrize(
    "uri",
    [
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/portal/demo@sha256:00",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/portal/demo:1.2",
        "localhost:5000/portal/demo:1",
        "portal/demo",
    ],
)
def test_the_repository_is_found_in_any_image_uri(uri: str) -> None:
    assert repository_of(uri) == "portal/demo"


@pytest.mark.parametrize("text", ["", "[]", '{"demo": 1}'])
def test_a_broken_images_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "images.json"
    path.write_text(text)
    with pytest.raises(ImageError, match=r"images\.json"):
        read_images(path)
