"""Commits are deployed in the order of main: never one that is older than what is deployed."""

import subprocess
from pathlib import Path

from deployment.errors import BadInput, ToolError

from pipeline.apply.deployed import Deployed, Phase

_NO = 1


def refuse_other_tree(repository: Path, commit: str) -> None:
    """Raises BadInput when what is checked out is not that commit: another tree would be planned."""
    head = _git(repository, "rev-parse", "HEAD").stdout.strip()
    if head != commit:
        raise BadInput(
            f"The release is of commit {commit[:12]}, but {head[:12] or 'none'} is checked out; "
            f"give the release of that one, or `git checkout {commit[:12]}`."
        )


def refuse_out_of_order(repository: Path, commit: str, deployed: Deployed | None, root: str) -> None:
    """Raises ToolError unless what is deployed is the commit, or among those that it builds upon.

    A deploy that failed half-way counts: some of it may be there, and an older plan would mix both.
    """
    if deployed is None or deployed.commit == commit:
        return
    _refuse_ignorance(repository, deployed, root)
    if _builds_upon(repository, commit, deployed.commit):
        return
    now, then = commit[:12], deployed.commit[:12]
    state = "is deployed" if deployed.phase is Phase.DEPLOYED else "was begun and not finished"
    if _builds_upon(repository, deployed.commit, commit):
        raise ToolError(
            f"Commit {now} is older than {then}, which {state} in {root} since {deployed.at}; "
            f"to go back, revert on main and deploy that commit: docs/rollback.md."
        )
    raise ToolError(
        f"Commit {now} does not build upon {then}, which {state} in {root} since {deployed.at}; "
        "rebase it on main, and deploy main."
    )


def _refuse_ignorance(repository: Path, deployed: Deployed, root: str) -> None:
    """History that is not here cannot be judged."""
    if _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise ToolError(
            "This clone is shallow, so the order of commits cannot be seen; "
            "run `git fetch --unshallow`, or check out with `fetch-depth: 0`."
        )
    if _git(repository, "cat-file", "-e", f"{deployed.commit}^{{commit}}").returncode:
        raise ToolError(
            f"Commit {deployed.commit[:12]}, which {root} runs since {deployed.at}, is not in this clone; "
            "run `git fetch`. If main was rewritten: docs/rollback.md."
        )


def _builds_upon(repository: Path, commit: str, ancestor: str) -> bool:
    done = _git(repository, "merge-base", "--is-ancestor", ancestor, commit)
    if done.returncode not in (0, _NO):
        raise ToolError(f"git cannot compare {ancestor[:12]} with {commit[:12]}: {done.stderr.strip()}")
    return done.returncode == 0


def _git(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["git", *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
