"""Runs a workflow of the fork with act, on this machine, bounded in time, and tells what each job did."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from deployment.terraform.providers import MIRROR_VARIABLE
from flow_fork import REPOSITORY as CLONE
from flow_fork import Fork
from flow_github import FULL_NAME, GitHub
from flow_instrument import instrument
from flow_rest import write_rest

HERE = Path(__file__).parent
STUBS = HERE / "stubs"
# What a machine that is busy with other tests may take for the longest of the runs.
RUN_TIMEOUT_SECONDS = 900
# Of this machine: where programs and certificates are, and where Terraform's providers come from.
_PASSED_ON = ("LANG", "TMPDIR", MIRROR_VARIABLE)
JOBS_AT_ONCE = 2


@dataclass(frozen=True)
class Run:
    """What act said. `lines` are its log records."""

    run_id: int
    lines: list[dict[str, Any]]
    seconds: float

    @cached_property
    def jobs(self) -> dict[str, str]:
        """`dev / apply` → success or failure; a job that was left out is not among them."""
        return {job_name(line["job"]): line["jobResult"] for line in self.lines if "jobResult" in line}

    @cached_property
    def order(self) -> list[str]:
        """The jobs in the order in which they ended."""
        return [job_name(line["job"]) for line in self.lines if "jobResult" in line]

    @cached_property
    def summaries(self) -> str:
        """What steps wrote for the page of the run."""
        return "\n".join(line["content"] for line in self.lines if line.get("command") == "summary")

    @cached_property
    def log(self) -> str:
        """What programs printed, with the job before each line."""
        printed = (line for line in self.lines if line.get("raw_output"))
        return "".join(f"{job_name(line['job'])} | {line['msg']}" for line in printed)

    def log_of(self, job: str) -> str:
        """What the programs of one job printed."""
        return "".join(
            line["msg"] for line in self.lines if line.get("raw_output") and job_name(line["job"]) == job
        )

    def tail(self, lines: int = 60) -> str:
        """For a failure: what came last, and what every job came to."""
        said = "\n".join(self.log.splitlines()[-lines:])
        errors = "\n".join(str(line["msg"]) for line in self.lines if line.get("level") == "error")
        return f"{self.jobs}\n{said}\n{errors}"


def job_name(told: str) -> str:
    """`Deploy/dev/Deploy a root/apply` → `dev / apply`: the jobs' own names."""
    names = [part.strip() for part in told.split("/")[1:]]
    # The number that act gives a job of a matrix; its name says already which it is.
    return " / ".join([*names[:-1], re.sub(r"-\d+$", "", names[-1])])


@dataclass
class Runner:
    """What all runs share: a folder for act's own files, the fork's GitHub, the AWS that jobs reach."""

    folder: Path
    github: GitHub
    aws_endpoint: str
    variables: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> Path:
        """What the stubs of actions were given, a JSON object a line."""
        return self.folder / "actions.jsonl"

    def actions(self, run_id: int, name: str) -> list[dict[str, Any]]:
        """What a stub was given in one run."""
        lines = self.records.read_text().splitlines() if self.records.exists() else []
        read = [json.loads(line) for line in lines]
        return [each for each in read if each["run"] == run_id and each["action"] == name]

    def run(
        self, fork: Fork, workflow: str, event: str, payload: dict[str, Any], run_id: int, **env: str
    ) -> Run:
        """One attempt of a run; what is checked out is the fork's HEAD."""
        place = self.folder / f"run-{run_id}-{len(list(self.folder.glob('run-*')))}"
        work = _work_tree(fork, place / "work")
        (place / "event.json").write_text(json.dumps(payload))
        variables = {"var": self.variables, "env": self._job_variables(run_id, env)}
        command = [
            *(
                str(Path(sys.executable).parent / "act"),
                event,
                "--json",
                "--eventpath",
                str(place / "event.json"),
            ),
            *("--pull=false", "--action-offline-mode", "--no-cache-server", "--rm"),
            *("--concurrent-jobs", str(JOBS_AT_ONCE), "--secret", "GITHUB_TOKEN=flow-"),
            *_platforms(work),
            *_stubs(work),
            *(f"--{kind}={name}={value}" for kind, own in variables.items() for name, value in own.items()),
        ]
        began = time.monotonic()
        file = work / ".github/workflows" / workflow
        lines = self._bounded([*command, "--workflows", str(file)], work, place / "log.jsonl")
        told = {line["job"].strip(): line["jobResult"] for line in lines if "jobResult" in line}
        if rest := write_rest(file, told):
            lines += self._bounded(
                [*command, "--workflows", str(rest)], work, place / "rest.jsonl", _jobs_left(rest)
            )
        run = Run(run_id, lines, time.monotonic() - began)
        assert run.jobs, (place / "log.jsonl").read_text()[-3000:]
        return run

    def _job_variables(self, run_id: int, env: Mapping[str, str]) -> dict[str, str]:
        attempt = self.github.runs[run_id]["run_attempt"]
        return {
            "GITHUB_REPOSITORY": FULL_NAME,
            "GITHUB_REPOSITORY_OWNER": FULL_NAME.partition("/")[0],
            "GITHUB_API_URL": self.github.url,
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_ACTOR": "author",
            "AWS_ENDPOINT_URL": self.aws_endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "TOOLS": str(CLONE),
            "FLOW_PYTHON": sys.executable,
            "FLOW_STUBS": str(STUBS),
            "FLOW_MODULES": ":".join(map(str, (HERE, CLONE / "tests/infra", CLONE / "tools/pipeline/tests"))),
            "FLOW_RECORDS": str(self.records),
            **self.environment,
            **env,
        }

    def _bounded(
        self, command: list[str], work: Path, log: Path, only: set[str] | None = None
    ) -> list[dict[str, Any]]:
        """What act logs, of all jobs or of some; it has a home of its own, and ends in time."""
        home = log.with_suffix(".home")
        home.mkdir()
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        own |= {"HOME": str(home), "PATH": f"{HERE / 'programs'}:{os.environ['PATH']}"}
        with log.open("wb") as target:
            process = subprocess.Popen(
                command,
                cwd=work,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=target,
                start_new_session=True,
            )
            try:
                process.wait(RUN_TIMEOUT_SECONDS)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        shutil.rmtree(home, ignore_errors=True)
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if only is None or line.get("jobID") in only]


def _jobs_left(rest: Path) -> set[str]:
    jobs = yaml.safe_load(rest.read_text())["jobs"]
    return {name for name, job in jobs.items() if "always()" in str(job.get("if"))}


def _work_tree(fork: Fork, folder: Path) -> Path:
    """A clone for one run, with what act does not know written into its workflows."""
    folder.parent.mkdir(parents=True)
    copy = fork.clone(folder)
    # A branch, for act copies no empty folders, and git wants one for its references.
    copy.git("switch", "--quiet", "--create", "checked-out")
    instrument(folder)
    changed = copy.git("diff", "--name-only").splitlines()
    # git is not to see it: a step may ask whether the work tree is clean.
    if changed:
        copy.git("update-index", "--assume-unchanged", *changed)
    return folder


def _uses(work: Path) -> set[str]:
    """Every action of somebody else that workflows and actions use: `owner/name/folder@commit`."""

    def within(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {str(node["uses"])} if isinstance(node.get("uses"), str) else set()
            return own.union(*map(within, node.values()))
        return set().union(*map(within, node)) if isinstance(node, list) else set()

    places = [*work.glob(".github/workflows/*.yml"), *work.glob(".github/actions/*/action.yml")]
    found = set().union(*(within(yaml.safe_load(place.read_text())) for place in places))
    return {each for each in found if not each.startswith("./")}


def _stubs(work: Path) -> list[str]:
    words = []
    for used in sorted(_uses(work)):
        place, _, commit = used.partition("@")
        owner, name = place.split("/")[:2]
        words += ["--local-repository", f"{owner}/{name}@{commit}={STUBS / owner / name}"]
    return words


def _platforms(work: Path) -> list[str]:
    """Every kind of runner that a job asks for is this machine."""
    asked = set()
    for place in work.glob(".github/workflows/*.yml"):
        asked |= {
            job["runs-on"] for job in yaml.safe_load(place.read_text())["jobs"].values() if "runs-on" in job
        }
    return [word for runner in sorted(asked) for word in ("--platform", f"{runner}=-self-hosted")]
