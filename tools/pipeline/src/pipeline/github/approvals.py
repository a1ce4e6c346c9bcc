"""Whether a person has approved what nobody reviewed.

Normally the environment `<root>-approval` has required reviewers: GitHub holds the job until one approves.
Where a repository cannot have them, GitHub does not hold it, and nobody is in the list of reviews. Then the
changes count as approved only when a person started the run by hand and named the hash of exactly these.
"""

import hashlib
import re

from deployment.errors import BadInput, ToolError
from github.Repository import Repository

from pipeline.github.client import one_sentence
from pipeline.github.runner import job_variable

_HASH = re.compile(r"[0-9a-f]{64}")


def record_hash(text: str) -> str:
    """What a person names to approve the changes of a record."""
    return hashlib.sha256(text.encode()).hexdigest()


def named_hashes(text: str) -> set[str]:
    """What a person typed, apart by spaces or commas; raises BadInput."""
    hashes = set(text.replace(",", " ").lower().split())
    for each in hashes:
        if not _HASH.fullmatch(each):
            raise BadInput(f"{each!r} is no hash of a record; one has 64 hexadecimal digits.")
    return hashes


def job_run() -> int:
    """The number of the run that the job is part of; raises BadInput."""
    run_id = job_variable("GITHUB_RUN_ID")
    if not run_id.isdecimal():
        raise BadInput(f"GITHUB_RUN_ID is {run_id!r}; it must be a number.")
    return int(run_id)


def approved_by(repository: Repository, run_id: int, environment: str) -> str | None:
    """Who approved the run's deployment to the environment; None where nobody did."""
    with one_sentence("reading who has approved the run"):
        # PyGithub has no call for it.
        _, reviews = repository.requester.requestJsonAndCheck(
            "GET", f"{repository.url}/actions/runs/{run_id}/approvals"
        )
    for review in reviews:
        names = {each["name"] for each in review["environments"]}
        if review["state"] == "approved" and environment in names:
            return str(review["user"]["login"])
    return None


def refuse(root: str, environment: str, wanted: str, named: set[str]) -> ToolError:
    """What to do when nobody has approved."""
    other = " The hashes that were named are of other changes." if named else ""
    return ToolError(
        f"Nobody has approved these changes of {root}.{other} Give the environment {environment} required "
        "reviewers and start this job again; or, where the repository cannot have them, read the changes and "
        f"start the workflow Deploy by hand with the hash {wanted}."
    )
