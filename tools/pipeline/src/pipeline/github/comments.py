"""One comment a root on a pull request, replaced in place."""

from typing import Protocol

from deployment.errors import BadInput
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from pipeline.github.client import one_sentence

# GitHub refuses longer ones.
LONGEST_COMMENT = 65_536
# Who a job writes as.
BOT = "github-actions[bot]"


class _Written(Protocol):
    @property
    def user(self) -> "_Author | None": ...
    @property
    def body(self) -> str: ...


class _Author(Protocol):
    @property
    def login(self) -> str: ...
    @property
    def type(self) -> str: ...


def marker(root: str) -> str:
    """What begins a comment of ours; a reader does not see it."""
    return f"<!-- pipeline plan: {root} -->"


def is_ours(written: _Written) -> bool:
    """Whether a job of this repository wrote it: anybody may write the marker, too."""
    return written.user is not None and written.user.type == "Bot" and written.user.login == BOT


def show(repository: Repository, number: int, root: str, body: str) -> str:
    """Writes the comment of the root, or replaces it; its address. Raises BadInput and ToolError."""
    text = f"{marker(root)}\n{body}"
    if len(text) > LONGEST_COMMENT:
        raise BadInput(f"The comment has {len(text)} characters; GitHub takes {LONGEST_COMMENT}.")
    with one_sentence(f"writing into pull request {number}"):
        request = repository.get_pull(number)
        ours = _ours(request, root)
        if not ours:
            return request.create_issue_comment(text).html_url
        ours[0].edit(text)
        # A call that was repeated when GitHub's answer was lost has left a second one.
        for surplus in ours[1:]:
            surplus.delete()
        return ours[0].html_url


def _ours(request: PullRequest, root: str) -> list[IssueComment]:
    comments = request.get_issue_comments()
    return [each for each in comments if is_ours(each) and each.body.startswith(marker(root))]
