"""What act leaves out: after a called workflow has failed it ends, and the jobs that run always do not run.

GitHub runs them. So they are run by themselves, after jobs that only come to the results that theirs had.
"""

from pathlib import Path
from typing import Any

import yaml

Job = dict[str, Any]
# What act calls a job: the workflow's name first or, of a called one, the caller's, numbered in a matrix.
Results = dict[str, str]
_RUNNER = "ubuntu-24.04"


def write_rest(workflow: Path, told: Results) -> Path | None:
    """A workflow of the jobs that should have run always and did not; None where all did."""
    read = yaml.safe_load(workflow.read_text())
    jobs: dict[str, Job] = read["jobs"]
    came_to = {name: _result(name, job, read["name"], told) for name, job in jobs.items()}
    left = [
        name for name, job in jobs.items() if "always()" in str(job.get("if")) and came_to[name] == "skipped"
    ]
    if not left:
        return None
    _see_that_the_others_wait_for_a_failure(jobs, came_to, left)
    needed = {need for name in left for need in needs_of(jobs[name])}
    rest = {name: _only(came_to[name]) for name in sorted(needed)} | {name: jobs[name] for name in left}
    # `on` is written by hand: to YAML it is a boolean.
    place = workflow.with_name(f"rest-of-{workflow.name}")
    text = yaml.safe_dump({"name": read["name"], "jobs": rest}, sort_keys=False)
    place.write_text(f"on: [pull_request, merge_group, push, workflow_dispatch, schedule]\n{text}")
    return place


def needs_of(job: Job) -> list[str]:
    """The jobs that a job waits for."""
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _result(name: str, job: Job, workflow: str, told: Results) -> str:
    label = str(job.get("name", name))
    if "uses" in job:
        own = [result for path, result in told.items() if _caller(path, label)]
    else:
        own = [result for path, result in told.items() if path == f"{workflow}/{label}"]
    if "failure" in own:
        return "failure"
    return "success" if own else "skipped"


def _caller(path: str, label: str) -> bool:
    first = path.split("/", maxsplit=1)[0]
    return path.count("/") > 1 and (first == label or first.rpartition("-")[0] == label)


def _see_that_the_others_wait_for_a_failure(
    jobs: dict[str, Job], came_to: dict[str, str], left: list[str]
) -> None:
    """Else act has left out what GitHub would have run, and the run says nothing."""
    for name, job in jobs.items():
        if came_to[name] == "skipped" and name not in left and "if" not in job:
            assert any(came_to[need] != "success" for need in needs_of(job)), f"act did not run {name}"


def _only(result: str) -> Job:
    if result == "skipped":
        return {"if": False, "runs-on": _RUNNER, "steps": [{"run": "true"}]}
    return {"runs-on": _RUNNER, "steps": [{"run": "true" if result == "success" else "exit 1"}]}
