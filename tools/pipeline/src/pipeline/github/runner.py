"""What GitHub's runner tells a job, by variables, and what a job tells it, by files.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployment.errors import BadInput, ToolError

# GitHub drops a step's summary that is longer, and says so in the log only.
_SUMMARY_BYTES = 1024 * 1024
_CUT = "\n\nThe rest is left out here: GitHub takes 1 MiB. The artifacts of the run have all of it.\n\n"


def job_variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """A variable of the job; raises BadInput where it is missing."""
    value = (os.environ if environment is None else environment).get(name, "")
    if not value:
        raise BadInput(f"{name} is not set; this command runs in a job of GitHub Actions, which sets it.")
    return value


def job_event() -> dict[str, Any]:
    """What has started the run, as GitHub tells it."""
    file = Path(job_variable("GITHUB_EVENT_PATH"))
    try:
        event = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ToolError(f"GITHUB_EVENT_PATH leads to {file}, which cannot be read: {error}.") from None
    if not isinstance(event, dict):
        raise ToolError(f"GITHUB_EVENT_PATH leads to {file}, which is no event.")
    return event


def set_output(name: str, value: str) -> None:
    """Sets an output of the step; outside of GitHub there is nobody to tell."""
    if "\n" in value:
        raise ValueError(f"{name} has several lines")
    _append("GITHUB_OUTPUT", f"{name}={value}\n")


def add_summary(markdown: str) -> None:
    """Adds to the page of the run; outside of GitHub there is none."""
    text = markdown.encode()
    if len(text) > _SUMMARY_BYTES:
        kept = text[: _SUMMARY_BYTES - len(_CUT.encode())]
        markdown = kept.decode(errors="ignore") + _CUT
    # An empty line keeps it apart from what other commands of the step add.
    _append("GITHUB_STEP_SUMMARY", markdown.rstrip("\n") + "\n\n")


def _append(variable: str, text: str) -> None:
    if file := os.environ.get(variable):
        with Path(file).open("a") as opened:
            opened.write(text)
