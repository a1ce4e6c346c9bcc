"""Stands for actions/download-artifact: an artifact of the same run, by name."""

import io
import os
import urllib.error
import zipfile
from pathlib import Path

from flow_stub import ask_github, fail, given


def main() -> None:
    inputs = given()
    if not inputs.get("name"):
        fail("here an artifact is taken by its name")
    try:
        packed = ask_github("artifacts", run=os.environ["GITHUB_RUN_ID"], name=inputs["name"])
    except urllib.error.HTTPError:
        fail(f"Unable to download artifact(s): Artifact not found for name: {inputs['name']}")
    target = Path(inputs.get("path", "."))
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(target)


main()
