"""The fork's GitHub: its REST API, what a job's token may do there, and what actions do without that API."""

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import github_api
from flow_instrument import STRENGTH, rights
from github_api import GitHubApi, Handler, answering
from github_jobs import REPOSITORY as NAMES

FULL_NAME = f"{NAMES['owner']}/{NAMES['name']}"
REPOSITORY = {
    "id": int(NAMES["repository_id"]),
    "name": NAMES["name"],
    "full_name": FULL_NAME,
    "owner": {"login": NAMES["owner"], "id": int(NAMES["owner_id"]), "type": "Organization"},
    "default_branch": "main",
    "fork": False,
}
Json = dict[str, Any]
# What a job's token must have for a place of the API; several mean that one of them is enough.
# https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
_ASKED = {
    "": ("metadata",),
    "/actions": ("actions",),
    "/git/commits": ("contents",),
    "/commits": ("pull-requests",),
    "/pulls": ("pull-requests",),
    "/issues": ("issues", "pull-requests"),
}


@dataclass
class GitHub(GitHubApi):
    """What GitHub keeps of the repository, with its runs and their artifacts."""

    attested: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start_run(
        self, workflow: str, event: str, head: str, tree: str, repository: Json = REPOSITORY
    ) -> int:
        """A new run of a workflow for a commit; its id."""
        self.trees[head] = tree
        return self.add_run(
            path=f".github/workflows/{workflow}",
            event=event,
            head_sha=head,
            head_repository=repository,
            run_attempt=1,
            status="in_progress",
            conclusion=None,
        )

    def approve(self, run: int, environment: str) -> None:
        """A person approves a run's deployment to an environment."""
        environments = [{"name": environment}]
        review = {"run": run, "state": "approved", "user": github_api.PERSON, "environments": environments}
        self.approvals.append(review)

    def keep(self, run: int, name: str, packed: bytes, *, overwrite: bool) -> bool:
        """Keeps an artifact; False where the run has one of that name and may not overwrite it."""
        with self.lock:
            same = [
                each for each in self.artifacts if (each["name"], each["workflow_run"]["id"]) == (name, run)
            ]
            if same and not overwrite:
                return False
            self.artifacts = [each for each in self.artifacts if each not in same]
            self.add_artifact(name, packed, run)
            return True

    def packed(self, name: str, run: int) -> bytes:
        """An artifact of a run as a zip file; raises KeyError."""
        for each in self.artifacts:
            if (each["name"], each["workflow_run"]["id"]) == (name, run):
                return self.archives[each["id"]]
        raise KeyError(f"run {run} has no artifact {name}: {sorted(each['name'] for each in self.artifacts)}")

    def comments_on(self, number: int) -> dict[int, str]:
        """The comments on a pull request or an issue, by id."""
        return {made: each["body"] for made, each in self.comments.items() if each["on"] == number}


@contextmanager
def github() -> Iterator[GitHub]:
    """A GitHub that answers as long as the block; fails when it was asked what it does not know."""
    kept = GitHub()
    with answering(kept, _FlowHandler):
        yield kept


class _FlowHandler(Handler):
    """Judges each token by the permissions of its job."""

    kept: GitHub

    def do_GET(self) -> None:
        if self.path.startswith("/_flow/"):
            return self._aside(urllib.parse.urlsplit(self.path))
        return super().do_GET()

    do_POST = do_PATCH = do_DELETE = do_GET

    def refusal(self, token: str, path: str) -> tuple[int, Json] | None:
        """A job's token may what its job was granted."""
        if not token.startswith("flow-"):
            return 401, {"message": "Bad credentials"}
        has, wanted = rights(token) | {"metadata": "read"}, "read" if self.command == "GET" else "write"
        rest = path.removeprefix(f"/repos/{FULL_NAME}")
        place = max((each for each in _ASKED if rest.startswith(each)), key=len)
        if any(STRENGTH[has.get(scope, "none")] >= STRENGTH[wanted] for scope in _ASKED[place]):
            return None
        self.kept.refused.append(f"{self.command} {path} with {has}")
        return 403, {"message": "Resource not accessible by integration"}

    def _aside(self, place: urllib.parse.SplitResult) -> None:
        """Artifacts of the job's own run, and attestations."""
        query = {name: values[0] for name, values in urllib.parse.parse_qs(place.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if place.path == "/_flow/attestations":
            if self.command == "POST":
                self.kept.attested.add(query["digest"])
            return self._send(200, {"attested": query["digest"] in self.kept.attested})
        run, name = int(query["run"]), query["name"]
        if self.command == "POST":
            kept = self.kept.keep(run, name, body, overwrite=query["overwrite"] == "true")
            return self._send(201 if kept else 409, {"message": f"an artifact with the name {name} exists"})
        try:
            return self._send(200, self.kept.packed(name, run))
        except KeyError as error:
            return self._send(404, {"message": str(error)})
