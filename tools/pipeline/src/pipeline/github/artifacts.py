"""Finds the record of what was reviewed among the artifacts of pull requests.

Whoever may push can run a workflow of their own that uploads an artifact of any name. So a record counts only
if it comes from a successful run of the pull-request workflow, of a pull request from this repository, and of
the very commit that was reviewed: its files are those that are deployed, or it is the head of the pull
request that became the deployed commit (a branch that was behind main, and went through the merge queue).
docs/github-access.md says what stays open.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import requests
from deployment.errors import ToolError
from github.Artifact import Artifact
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from pipeline.github.client import one_sentence
from pipeline.github.runner import job_variable

_WORKFLOW = ".github/workflows/pull-request.yml"
_FILE = "record.json"
_LARGEST_BYTES = 20_000_000
# Of artifacts with that name; each repetition of a run leaves one.
_MOST = 200
_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class FoundRecord:
    """A record's text, and the page of the run that made it."""

    text: str
    run_url: str


def artifact_name(root: str, tree: str) -> str:
    """What _plan.yml calls the record of a root for a tree."""
    return f"reviewed-{root}-{tree}"


@dataclass(frozen=True)
class Wanted:
    """Whose record: of a root, for a commit of main and its tree of files."""

    root: str
    commit: str
    tree: str


def find_record(repository: Repository, wanted: Wanted, say: Callable[[str], None]) -> FoundRecord | None:
    """The newest record that counts; None where there is none. `say` hears why others do not count."""
    for artifact in _newest_first(repository, artifact_name(wanted.root, wanted.tree)):
        with one_sentence("looking at the run of an artifact"):
            run = repository.get_workflow_run(artifact.workflow_run.id)
            reason = next(_reasons_against(artifact, run, repository, wanted), None)
        if reason:
            say(f"The record of {run.html_url} does not count: {reason}.")
            continue
        return FoundRecord(_read(_download(artifact)), run.html_url)
    return None


def _newest_first(repository: Repository, name: str) -> list[Artifact]:
    with one_sentence("listing the artifacts"):
        found = list(islice(repository.get_artifacts(name=name), _MOST))
    return sorted(found, key=lambda artifact: (artifact.created_at, artifact.id), reverse=True)


def _reasons_against(
    artifact: Artifact, run: WorkflowRun, repository: Repository, wanted: Wanted
) -> Iterator[str]:
    if artifact.expired:
        yield "it has expired"
    # A path may carry the ref behind an @.
    if run.path.partition("@")[0] != _WORKFLOW:
        yield f"it is of the workflow {run.path}, not {_WORKFLOW}"
    if run.event != "pull_request":
        yield f"its run was started by {run.event}, not by a pull request"
    # None, when the fork is deleted.
    if run.head_repository is None or run.head_repository.id != repository.id:
        yield "its pull request comes from a fork"
    if run.conclusion != "success":
        yield f"its run ended with {run.conclusion or 'nothing yet'}, not with success"
    if artifact.size_in_bytes > _LARGEST_BYTES:
        yield f"it has {artifact.size_in_bytes} bytes"
    if not _was_reviewed(run.head_sha, repository, wanted):
        yield f"its commit {run.head_sha[:12]} is not the one that was merged"


def _was_reviewed(head: str, repository: Repository, wanted: Wanted) -> bool:
    if repository.get_git_commit(head).tree.sha == wanted.tree:
        return True
    # PyGithub would ask for the commit first.
    _, merged = repository.requester.requestJsonAndCheck(
        "GET", f"{repository.url}/commits/{wanted.commit}/pulls"
    )
    return any(
        request["merged_at"]
        and request["base"]["ref"] == repository.default_branch
        and request["head"]["sha"] == head
        for request in merged
    )


def _download(artifact: Artifact) -> bytes:
    """The zip file; raises ToolError where it is too large, or not what GitHub says it is."""
    headers = {
        "Authorization": f"Bearer {job_variable('GITHUB_TOKEN')}",
        "Accept": "application/vnd.github+json",
    }
    content = b""
    # GitHub answers with another place to fetch it from; requests does not send the token on to another host.
    with (
        one_sentence("downloading a record"),
        requests.get(
            artifact.archive_download_url, headers=headers, timeout=_TIMEOUT_SECONDS, stream=True
        ) as answer,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > _LARGEST_BYTES:
                raise ToolError(f"The artifact {artifact.name} is larger than {_LARGEST_BYTES} bytes.")
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if artifact.digest and artifact.digest != found:
        raise ToolError(
            f"The artifact {artifact.name} arrived with digest {found}, but GitHub says {artifact.digest}."
        )
    return content


def _read(content: bytes) -> str:
    """The one file in it, without unpacking to disk, and no more of it than is allowed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.namelist() != [_FILE]:
                raise ToolError(
                    f"The record's artifact must hold {_FILE} alone; it has {archive.namelist()[:5]}."
                )
            with archive.open(_FILE) as opened:
                text = opened.read(_LARGEST_BYTES + 1)
        if len(text) > _LARGEST_BYTES:
            raise ToolError(f"The record is larger than {_LARGEST_BYTES} bytes.")
        return text.decode()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError) as error:
        raise ToolError(f"The record's artifact cannot be read: {error}.") from None
