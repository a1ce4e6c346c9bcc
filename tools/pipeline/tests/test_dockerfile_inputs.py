"""What a Dockerfile copies is read from it, and what cannot be told is refused with a sentence."""

import pytest
from deployment.errors import BadInput
from pipeline.release.dockerfile import copied_paths

BASE = f"python:3.13@sha256:{'a' * 64}"


def read(*lines: str) -> list[str]:
    return copied_paths("services/x/Dockerfile", "\n".join([f"FROM {BASE} AS build", *lines, ""]).encode())


@pytest.mark.parametrize(
    ("lines", "paths"),
    [
        (["COPY requirements/x.txt ./"], ["requirements/x.txt"]),
        (["copy --chown=1:1 --chmod=444 --link ./libs/a/ libs/b /app/"], ["libs/a", "libs/b"]),
        (["COPY libs/a \\", "# why", "     libs/b /app/"], ["libs/a", "libs/b"]),
        (['COPY ["a folder/b", "c", "/app/"]'], ["a folder/b", "c"]),
        (["COPY 'a folder/b' /app/"], ["a folder/b"]),
        (["COPY a /app/", "COPY a /other/"], ["a"]),
        (
            ["FROM scratch", "COPY --from=build /app /app", "COPY --from=0 /a /a", "COPY --from=BUILD /b /b"],
            [],
        ),
        (["FROM build", "FROM 0", f"COPY --from={BASE} /lib /lib"], []),
        (["RUN --mount=type=cache,target=/var/cache --mount=type=tmpfs,target=/x pip install y"], []),
        (["RUN --mount=target=/x,type=tmpfs true"], []),
        (['RUN --mount=type=secret,id=ca.pem,target=/ca.pem ["pip", "install", "y"]'], []),
    ],
)
def test_the_sources_of_copy_are_the_inputs(lines: list[str], paths: list[str]) -> None:
    assert read(*lines) == paths


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ADD https://example.com/tool.tar.gz /", "ADD may bring in what the tag does not cover"),
        ("ADD local.tar /", "ADD may bring in"),
        ("ONBUILD COPY . /app", "ONBUILD may bring in"),
        ("COPY . /app", r"COPY \.: name a file or folder below"),
        ("COPY ./ /app", r"COPY \./: name a file or folder below"),
        ("COPY / /app", "COPY /: name a file or folder below"),
        ("COPY /libs /app", "COPY /libs: name a file or folder below"),
        ("COPY libs/../../x /app", r"COPY libs/\.\./\.\./x: name a file or folder below"),
        ("COPY libs/*/src /app/", "a pattern or a variable could mean anything"),
        ("COPY libs/a? /app/", "a pattern or a variable"),
        ("COPY libs/[ab] /app/", "a pattern or a variable"),
        ('COPY ["libs/*", "/app/"]', "a pattern or a variable"),
        ("COPY ${SOURCE} /app/", "a pattern or a variable"),
        ("COPY $SOURCE /app/", "a pattern or a variable"),
        ("COPY <<EOF /app/x", "a pattern or a variable"),
        ("COPY 'libs /app/", "cannot be read"),
        ("COPY --parents libs/a /app/", "COPY --parents is not understood here"),
        ("COPY --exclude=*.md libs/a /app/", "COPY --exclude is not understood here"),
        ("COPY --from=later /a /a", "must name a stage above it, or an image by digest"),
        ("COPY --from=1 /a /a", "must name a stage above it"),
        ("COPY --from=alpine:3 /a /a", "must name a stage above it"),
        ("FROM alpine:3", "must name its image by digest"),
        ("FROM $BASE", "must name its image by digest"),
        (f"FROM ${{REPO}}@sha256:{'a' * 64}", "must name its image by digest"),
        ("FROM", "FROM must be"),
        ("RUN <<EOF", "here-document is not understood"),
        ("RUN --mount=type=bind,source=libs,target=/libs cp -r /libs /app", "RUN --mount=.* may bring in"),
        ("RUN --mount=source=libs,target=/libs cp -r /libs /app", "RUN --mount=.* may bring in"),
        (f"RUN --mount=type=cache,target=/c,from={BASE} true", "RUN --mount=.* may bring in"),
        ("RUN --mount=type=ssh true", "RUN --mount=.* may bring in"),
        ("RUN --mount=type=cache,target=/c --mount=target=/libs true", "RUN --mount=.* may bring in"),
    ],
)
def test_what_cannot_be_told_is_refused(line: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=rf"^services/x/Dockerfile, line 3: .*{sentence}.*\.$"):
        read("USER 1", line)


@pytest.mark.parametrize("directive", ["# syntax=docker/dockerfile:1", "# escape=`", "#Syntax = x"])
def test_what_changes_how_a_dockerfile_is_read_is_refused(directive: str) -> None:
    with pytest.raises(BadInput, match=r"line 1: .* may bring in"):
        copied_paths("services/x/Dockerfile", f"{directive}\nFROM {BASE}\n".encode())


def test_a_dockerfile_without_from_is_refused() -> None:
    with pytest.raises(BadInput, match="services/x/Dockerfile has no FROM"):
        copied_paths("services/x/Dockerfile", b"\n")
