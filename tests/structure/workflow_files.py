"""The workflows and composite actions of a repository, read as YAML."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Yaml = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A step; `place` is where it stands, for sentences."""

    place: str
    content: Yaml

    @property
    def uses(self) -> str:
        """What it uses, without version; empty where it runs a command."""
        return str(self.content.get("uses", "")).partition("@")[0]

    @property
    def run(self) -> str:
        """Its command."""
        return str(self.content.get("run", "")).strip()

    @property
    def inputs(self) -> Yaml:
        """What it hands to an action."""
        return dict(self.content.get("with") or {})


@dataclass(frozen=True)
class Job:
    """A job of a workflow."""

    workflow: str
    name: str
    content: Yaml

    @property
    def place(self) -> str:
        """For sentences."""
        return f"{self.workflow}, job {self.name}"

    @property
    def calls(self) -> str:
        """The file of the reusable workflow that it calls, or nothing."""
        return str(self.content.get("uses", "")).removeprefix("./.github/workflows/")

    @property
    def permissions(self) -> dict[str, str]:
        """What its token may do."""
        granted: dict[str, str] = self.content.get("permissions") or {}
        return granted

    @property
    def steps(self) -> list[Step]:
        """Its own steps; what composite actions do is theirs."""
        return [
            Step(f"{self.place}, step {step.get('name')}", step) for step in self.content.get("steps", [])
        ]


@dataclass(frozen=True)
class Automation:
    """`.github` of a repository in `folder`."""

    folder: Path

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every workflow and action, by name: `deploy.yml`, `setup`."""
        workflows = {file.name: file for file in sorted(self.folder.glob(".github/workflows/*.yml"))}
        actions = {
            file.parent.name: file for file in sorted(self.folder.glob(".github/actions/*/action.yml"))
        }
        return workflows | actions

    @cached_property
    def documents(self) -> dict[str, Yaml]:
        """What is in them. YAML takes the key `on` for true."""
        read = {name: yaml.safe_load(file.read_text()) for name, file in self.files.items()}
        return {
            name: {("on" if key is True else key): value for key, value in document.items()}
            for name, document in read.items()
        }

    @cached_property
    def jobs(self) -> list[Job]:
        """The jobs of all workflows."""
        return [
            Job(name, job, content)
            for name, document in self.documents.items()
            for job, content in document.get("jobs", {}).items()
        ]

    def jobs_of(self, workflow: str) -> list[Job]:
        """The jobs of one workflow."""
        return [job for job in self.jobs if job.workflow == workflow]

    @cached_property
    def actions(self) -> dict[str, list[Step]]:
        """The steps of each composite action."""
        return {
            name: [
                Step(f"action {name}, step {step.get('name')}", step) for step in document["runs"]["steps"]
            ]
            for name, document in self.documents.items()
            if "runs" in document
        }

    @cached_property
    def steps(self) -> list[Step]:
        """Every step there is."""
        of_actions = [step for steps in self.actions.values() for step in steps]
        return [step for job in self.jobs for step in job.steps] + of_actions

    def all_steps(self, job: Job) -> Iterator[Step]:
        """The steps of a job, with those of the composite actions that it uses."""
        for step in job.steps:
            yield from self._inside(step)

    def _inside(self, step: Step) -> Iterator[Step]:
        yield step
        if (name := step.uses.removeprefix("./.github/actions/")) != step.uses:
            for inner in self.actions[name]:
                yield from self._inside(inner)
