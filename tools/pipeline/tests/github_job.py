"""A command of the pipeline as a job of GitHub's runs it: with the runner's variables and files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from deployment.errors import ToolError
from github_api import GitHubApi
from pipeline.cli import cli


@dataclass(frozen=True)
class Outcome:
    """How the command ended; `error` is its sentence."""

    exit_code: int
    printed: str
    error: str
    outputs: dict[str, str]
    summary: str


@dataclass(frozen=True)
class Job:
    """A job in a folder of its own; `event` is what started the run."""

    folder: Path
    github: GitHubApi | None = None
    event: Mapping[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str | Path, **variables: str) -> Outcome:
        """Runs `pipeline ARGUMENTS`."""
        output, summary = self.folder / "output", self.folder / "summary"
        for file in (output, summary):
            file.write_text("")
        (self.folder / "event.json").write_text(json.dumps(self.event))
        given = {
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "99",
            "GITHUB_ACTOR": "ada",
            **(self.github.environment if self.github else {}),
            **variables,
        }
        done = CliRunner().invoke(cli, list(map(str, arguments)), env=given)
        if done.exception and not isinstance(done.exception, ToolError | SystemExit):
            raise done.exception
        refused = isinstance(done.exception, ToolError)
        return Outcome(
            exit_code=done.exception.exit_code if isinstance(done.exception, ToolError) else done.exit_code,
            printed=done.output,
            error=str(done.exception) if refused else done.output if done.exit_code else "",
            outputs=dict(line.split("=", 1) for line in output.read_text().splitlines()),
            summary=summary.read_text(),
        )
