"""What GitHub tells a workflow of its event."""

from typing import Any

from flow_github import REPOSITORY

PERSON = {"login": "author", "id": 5, "type": "User"}
# Somebody else's copy of the repository.
STRANGERS = {
    "id": 5550123,
    "full_name": "somebody/jobs",
    "name": "jobs",
    "fork": True,
    "owner": {"login": "somebody"},
}
Payload = dict[str, Any]


def pull_request(
    number: int, head: str, repository: dict[str, Any] = REPOSITORY, action: str = "opened"
) -> Payload:
    """A pull request was opened, or pushed to (`synchronize`)."""
    return {
        "action": action,
        "number": number,
        "pull_request": {
            "number": number,
            "head": {"ref": "a-branch", "sha": head, "repo": repository},
            "base": {"ref": "main", "repo": REPOSITORY},
            "user": PERSON,
        },
        "repository": REPOSITORY,
        "sender": PERSON,
    }


def push(head: str) -> Payload:
    """Main has a new commit."""
    return {"ref": "refs/heads/main", "after": head, "repository": REPOSITORY, "sender": PERSON}


def merge_group(head: str) -> Payload:
    """The merge queue tries a commit."""
    group = {
        "head_sha": head,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{head}",
        "base_ref": "refs/heads/main",
    }
    return {"action": "checks_requested", "merge_group": group, "repository": REPOSITORY, "sender": PERSON}


def workflow_dispatch(ref: str, inputs: dict[str, str]) -> Payload:
    """A person has started a workflow; what was not typed has the workflow's own default."""
    return {"inputs": inputs, "ref": ref, "repository": REPOSITORY, "sender": PERSON}


def schedule() -> Payload:
    """The clock struck."""
    return {"schedule": "17 5 * * *", "repository": REPOSITORY}
