"""Which repository on GitHub is to deploy: its name from options or git's remote, its numbers from GitHub."""

import json
import re
import subprocess
from pathlib import Path

from deployment.errors import BadInput
from deployment.product import GitHubRepository

_REMOTE = re.compile(r"github\.com[:/](?P<owner>[^/\s]+)/(?P<name>[^/\s]+?)(\.git)?/?$")
_FULL_NAME = re.compile(r"(?P<owner>[^/\s]+)/(?P<name>[^/\s]+)")
_BY_HAND = "give --repository OWNER/NAME --owner-id NUMBER --repository-id NUMBER"
_TIMEOUT_SECONDS = 60


def find_repository_on_github(
    clone: Path, full_name: str | None, owner_id: str | None, repository_id: str | None
) -> GitHubRepository:
    """The repository as named, else that of the remote `origin`; numbers as given, else asked of `gh`.

    Raises BadInput with what to give where something cannot be found.
    """
    owner, name = _names(clone, full_name)
    if bool(owner_id) != bool(repository_id):
        raise BadInput("--owner-id and --repository-id belong together; give both, or none to ask gh.")
    if owner_id and repository_id:
        return GitHubRepository(owner, name, owner_id, repository_id)
    return _ask_gh(owner, name)


def _names(clone: Path, full_name: str | None) -> tuple[str, str]:
    if full_name:
        found = _FULL_NAME.fullmatch(full_name)
        if found is None:
            raise BadInput(f"--repository is {full_name!r}; it must be OWNER/NAME, such as example-org/jobs.")
        return found["owner"], found["name"]
    remote = _output(["git", "-C", str(clone), "remote", "get-url", "origin"])
    found = _REMOTE.search(remote)
    if found is None:
        said = f"is {remote.strip()!r}, not on github.com" if remote.strip() else "is not set"
        raise BadInput(f"git's remote `origin` {said}; {_BY_HAND}, or --without-github.")
    return found["owner"], found["name"]


def _ask_gh(owner: str, name: str) -> GitHubRepository:
    answer = _output(["gh", "api", f"repos/{owner}/{name}"])
    try:
        facts = json.loads(answer)
        # GitHub's own spelling: subjects of tokens are compared letter by letter.
        return GitHubRepository(
            facts["owner"]["login"], facts["name"], str(facts["owner"]["id"]), str(facts["id"])
        )
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            f"`gh api repos/{owner}/{name}` did not say the repository's numbers; "
            f"log in with `gh auth login`, or {_BY_HAND}."
        ) from None


def _output(command: list[str]) -> str:
    """What a command prints; '' when it fails or is not there."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
