"""The REST API of GitHub, with a job's token, bounded patience, and one sentence for what fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from deployment.errors import ToolError
from github import Auth, Github, GithubException, GithubRetry
from github.Repository import Repository

from pipeline.github.runner import job_variable

_TIMEOUT_SECONDS = 30
_TRIES = 5
# A limit that lasts longer than this is told, not waited for: the job's minutes are paid for.
_LONGEST_WAIT_SECONDS = 120
_REFUSED = {
    401: "the token is not valid (any more)",
    403: "the job's token may not; see `permissions` in the workflow",
    404: "it is not there, or the job's token may not see it",
}


def job_repository() -> Repository:
    """The repository of the job; raises BadInput and ToolError."""
    retry = GithubRetry(
        total=_TRIES,
        connect=2,  # where nothing listens, more patience does not help
        backoff_factor=0.5,
        max_rate_limit_wait=_LONGEST_WAIT_SECONDS,
    )
    client = Github(
        auth=Auth.Token(job_variable("GITHUB_TOKEN")),
        base_url=job_variable("GITHUB_API_URL"),
        timeout=_TIMEOUT_SECONDS,
        retry=retry,
        per_page=100,
        # A job makes a handful of calls; the limits that GitHub names are waited for above.
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    name = job_variable("GITHUB_REPOSITORY")
    with one_sentence(f"reading {name}"):
        return client.get_repo(name)


@contextmanager
def one_sentence(doing: str) -> Iterator[None]:
    """Raises ToolError for every error of GitHub's inside; `doing`, for instance, `reading the comments`."""
    try:
        yield
    except GithubException as error:
        raise ToolError(f"GitHub refused {doing} ({error.status}): {_reason(error)}.") from None
    except requests.RequestException as error:
        # Its text may have the address in it, and that of a download is as good as a key.
        raise ToolError(f"GitHub does not answer ({type(error).__name__}), while {doing}.") from None


def _reason(error: GithubException) -> str:
    said = str(error.data.get("message", "")) if isinstance(error.data, dict) else ""
    reason = said or error.message or "no reason given"
    if "rate limit" in reason.lower():
        return f"{reason}; start the job again later"
    return f"{reason}; {_REFUSED[error.status]}" if error.status in _REFUSED else reason
