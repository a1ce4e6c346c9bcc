"""All that the scenarios share: the fork, its GitHub, its account, and runs of its workflows."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flow_events as events
from flow_account import (
    Account,
    apply_every_root,
    embedded_aws,
    publish_images,
    running_services,
)
from flow_act import Run, Runner
from flow_fork import Change, Fork, make_fork
from flow_github import REPOSITORY, GitHub, github
from github_jobs import ACCOUNT

VARIABLES = {"AWS_ACCOUNT_ID": ACCOUNT, "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class World:
    """One team's repository, its GitHub and its account. Main moves on from scenario to scenario."""

    fork: Fork
    github: GitHub
    account: Account
    runner: Runner

    def open_pull_request(self, branch: str, change: Change, *, number: int) -> Run:
        """A branch with one change, and what its pull request's workflow does."""
        self.fork.branch(branch, change)
        return self.check(branch, number=number)

    def check(self, branch: str, *, number: int, repository: dict[str, Any] = REPOSITORY, **env: str) -> Run:
        """What the pull request's workflow does with a branch as it is."""
        head, tree = self.fork.git("rev-parse", branch, f"{branch}^{{tree}}").splitlines()
        self.github.pulls.add(number)
        self.fork.merged_with_main(branch)
        run = self.github.start_run("pull-request.yml", "pull_request", head, tree, repository)
        payload = events.pull_request(number, head, repository)
        env = {"GITHUB_REF": f"refs/pull/{number}/merge", **env}
        return self._run(run, "pull-request.yml", "pull_request", payload, env)

    def merge(self, branch: str) -> Run:
        """Squashes a branch into main and deploys."""
        self.fork.squash(branch)
        return self.deploy()

    def deploy(self, approved: Iterable[str] = ()) -> Run:
        """What a push to main runs; `approved`: environments that a person approves as soon as they ask."""
        run = self.github.start_run("deploy.yml", "push", self.fork.head, self.fork.tree)
        for environment in approved:
            self.github.approve(run, environment)
        return self._run(
            run, "deploy.yml", "push", events.push(self.fork.head), {"GITHUB_REF": "refs/heads/main"}
        )

    def repeat(self, run: Run) -> Run:
        """The same deployment once more, as "Re-run jobs" does it."""
        self.github.runs[run.run_id]["run_attempt"] += 1
        payload = events.push(self.fork.head)
        return self._run(run.run_id, "deploy.yml", "push", payload, {"GITHUB_REF": "refs/heads/main"})

    def try_in_the_queue(self) -> Run:
        """What the merge queue runs for the commit that is checked out."""
        payload = events.merge_group(self.fork.head)
        run = self.github.start_run("pull-request.yml", "merge_group", self.fork.head, self.fork.tree)
        ref = payload["merge_group"]["head_ref"]
        return self._run(run, "pull-request.yml", "merge_group", payload, {"GITHUB_REF": ref})

    def look_for_drift(self) -> Run:
        """What the clock starts every day."""
        run = self.github.start_run("drift.yml", "schedule", self.fork.head, self.fork.tree)
        return self._run(run, "drift.yml", "schedule", events.schedule(), {"GITHUB_REF": "refs/heads/main"})

    def load(self, approved: Iterable[str] = (), ref: str = "refs/heads/main", **inputs: str) -> Run:
        """What a person starts by hand to test the load; `inputs` are those of the form."""
        run = self.github.start_run("load-test.yml", "workflow_dispatch", self.fork.head, self.fork.tree)
        for environment in approved:
            self.github.approve(run, environment)
        payload = events.workflow_dispatch(ref, inputs)
        return self._run(run, "load-test.yml", "workflow_dispatch", payload, {"GITHUB_REF": ref})

    def _run(
        self, number: int, workflow: str, event: str, payload: events.Payload, env: dict[str, str]
    ) -> Run:
        run = self.runner.run(self.fork, workflow, event, payload, number, **env)
        failed = "failure" in run.jobs.values()
        self.github.runs[number] |= {"status": "completed", "conclusion": "failure" if failed else "success"}
        return run


@contextmanager
def world(folder: Path, registry: str) -> Iterator[World]:
    """Everything at rest: applied, running, nothing to review."""
    fork = make_fork(folder / "fork")
    with github() as kept, embedded_aws(folder, registry) as account:
        digests = publish_images(fork, registry, folder)
        kept.attested |= set(digests.values())
        apply_every_root(account, fork, folder, digests)
        runs = folder / "runs"
        runs.mkdir()
        with running_services(account, folder):
            yield World(fork, kept, account, Runner(runs, kept, account.endpoint, VARIABLES))
