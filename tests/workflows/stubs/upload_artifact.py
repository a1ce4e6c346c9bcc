"""Stands for actions/upload-artifact: files or folders, kept under a name that the run has once."""

import io
import os
import urllib.error
import zipfile
from pathlib import Path

from flow_stub import ask_github, fail, given


def main() -> None:
    inputs = given()
    named = [Path(line.strip()) for line in inputs["path"].splitlines() if line.strip()]
    files = {inside: path for place in named for inside, path in _files(place).items()}
    if not files:
        if inputs["if-no-files-found"] == "error":
            fail(f"No files were found with the provided path: {inputs['path']}.")
        print("No files were found")
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for inside, path in files.items():
            archive.write(path, inside)
    run, name = os.environ["GITHUB_RUN_ID"], inputs["name"]
    try:
        ask_github("artifacts", packed.getvalue(), run=run, name=name, overwrite=inputs["overwrite"])
    except urllib.error.HTTPError as error:
        fail(f"Failed to CreateArtifact: {error.read().decode()}")


def _files(place: Path) -> dict[str, Path]:
    if place.is_file():
        return {place.name: place}
    inside = {path.relative_to(place): path for path in place.rglob("*") if path.is_file()}
    # Hidden files are left out by default.
    return {
        name.as_posix(): path
        for name, path in inside.items()
        if not any(part.startswith(".") for part in name.parts)
    }


main()
