"""GitHub's REST API on loopback, as far as the pipeline asks it, with what a job's token may do.

Where a path or a field is not known here the answer is 501, so that nothing passes by not being looked at.
"""

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flow_instrument import rights
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
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
Json = dict[str, Any]
Answer = tuple[int, Any]


@dataclass
class GitHub:
    """What GitHub keeps of the repository. `url` is of its API."""

    url: str = ""
    runs: dict[int, Json] = field(default_factory=dict)
    artifacts: dict[int, Json] = field(default_factory=dict)
    contents: dict[int, dict[str, bytes]] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    approvals: dict[int, list[Json]] = field(default_factory=dict)
    attested: set[str] = field(default_factory=set)
    # Method, path and status of each call of the API.
    calls: list[tuple[str, str, int]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _last_id: int = 1000

    def new_id(self) -> int:
        """An id that nothing has yet."""
        self._last_id += 1
        return self._last_id

    def start_run(self, workflow: str, event: str, head: str, *, head_repository: Json = REPOSITORY) -> int:
        """A new run of a workflow; its id."""
        run = self.new_id()
        self.runs[run] = {
            "id": run,
            "path": f".github/workflows/{workflow}",
            "event": event,
            "head_sha": head,
            "head_repository": head_repository,
            "repository": REPOSITORY,
            "run_attempt": 1,
            "status": "in_progress",
            "conclusion": None,
            "url": f"{self.url}/repos/{FULL_NAME}/actions/runs/{run}",
        }
        return run

    def approve(self, run: int, environment: str) -> None:
        """A person approves a run's deployment to an environment."""
        person = {"login": "reviewer", "id": 7, "type": "User"}
        review = {
            "state": "approved",
            "comment": "fine",
            "user": person,
            "environments": [{"name": environment}],
        }
        self.approvals.setdefault(run, []).append(review)

    def keep(self, run: int, name: str, files: dict[str, bytes], *, overwrite: bool) -> bool:
        """Keeps an artifact; False where the run has one of that name and may not overwrite it."""
        with self.lock:
            same = [
                each["id"]
                for each in self.artifacts.values()
                if each["name"] == name and each["workflow_run"]["id"] == run
            ]
            if same and not overwrite:
                return False
            for old in same:
                del self.artifacts[old]
            self._keep_new(run, name, files)
            return True

    def _keep_new(self, run: int, name: str, files: dict[str, bytes]) -> None:
        kept, of = self.new_id(), self.runs[run]
        self.contents[kept] = files
        self.artifacts[kept] = {
            "id": kept,
            "name": name,
            "expired": False,
            "created_at": f"2026-11-20T12:{kept // 60 % 60:02}:{kept % 60:02}Z",
            "archive_download_url": f"{self.url}/repos/{FULL_NAME}/actions/artifacts/{kept}/zip",
            "workflow_run": {
                "id": run,
                "repository_id": REPOSITORY["id"],
                "head_repository_id": of["head_repository"]["id"],
                "head_sha": of["head_sha"],
                "head_branch": "a-branch",
            },
        }

    def artifact(self, name: str, run: int | None = None) -> dict[str, bytes]:
        """The files of the newest artifact of that name."""
        ids = [
            each["id"]
            for each in self.artifacts.values()
            if each["name"] == name and run in (None, each["workflow_run"]["id"])
        ]
        assert ids, (
            f"no artifact {name}; there are {sorted(each['name'] for each in self.artifacts.values())}"
        )
        return self.contents[max(ids)]


@contextmanager
def github() -> Iterator[GitHub]:
    """A GitHub that answers as long as the block."""
    kept = GitHub()

    class Handler(_Handler):
        github = kept

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request: who may, then what is there."""

    github: GitHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet; the calls are kept."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path)
        with self.github.lock:
            status, answer = self._route(path.path, parse_qs(path.query), body)
            self.github.calls.append((self.command, path.path, status))
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header(
            "Content-Type", "application/zip" if isinstance(answer, bytes) else "application/json"
        )
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _route(self, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        if path.startswith("/_flow/"):
            return self._inner(path, query, body)
        prefix = f"/repos/{FULL_NAME}"
        for method, pattern, scope, right, name in _ROUTES:
            found = re.fullmatch(prefix + pattern, path)
            if found and method == self.command:
                if not self._may(scope, right):
                    return 403, {"message": "Resource not accessible by integration"}
                page: Answer = getattr(self, name)(*map(int, found.groups()), query=query, body=body)
                return page
        return 501, {"message": f"the stand-in of GitHub knows no {self.command} {path}"}

    def _may(self, scope: str, right: str) -> bool:
        text = self.headers.get("Authorization", "").split()[-1:] or [""]
        has = rights(text[0]).get(scope, "none") if text[0].startswith("flow-") else "none"
        return has in ("write", right) or scope == "metadata"

    def _inner(self, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        """What actions do without the REST API: artifacts of their own run, attestations."""
        if path == "/_flow/attest":
            self.github.attested.add(query["digest"][0])
            return 201, {}
        run, name = int(query["run"][0]), query["name"][0]
        if self.command == "POST":
            files = _unzip(body)
            kept = self.github.keep(run, name, files, overwrite=query["overwrite"] == ["true"])
            return (201, {}) if kept else (409, {"message": f"an artifact {name} exists already"})
        try:
            return 200, _zip(self.github.artifact(name, run))
        except AssertionError as error:
            return 404, {"message": str(error)}

    def repository(self, **_: Any) -> Answer:
        return 200, REPOSITORY | {"url": f"{self.github.url}/repos/{FULL_NAME}"}

    def list_artifacts(self, query: dict[str, list[str]], **_: Any) -> Answer:
        every = sorted(self.github.artifacts.values(), key=lambda each: -each["id"])
        found = [each for each in every if each["name"] in query.get("name", [each["name"]])]
        return 200, {"total_count": len(found), "artifacts": _page(found, query)}

    def artifact_zip(self, number: int, **_: Any) -> Answer:
        files = self.github.contents.get(number)
        return (200, _zip(files)) if files is not None else (404, {"message": "Not Found"})

    def run(self, number: int, **_: Any) -> Answer:
        run = self.github.runs.get(number)
        return (200, run) if run else (404, {"message": "Not Found"})

    def run_approvals(self, number: int, **_: Any) -> Answer:
        return 200, self.github.approvals.get(number, [])

    def list_comments(self, number: int, query: dict[str, list[str]], **_: Any) -> Answer:
        return 200, _page([each for each in self.github.comments.values() if each["issue"] == number], query)

    def add_comment(self, number: int, body: bytes, **_: Any) -> Answer:
        made = self.github.new_id()
        url = f"{self.github.url}/repos/{FULL_NAME}/issues/comments/{made}"
        comment = {"id": made, "issue": number, "user": BOT, "body": json.loads(body)["body"], "url": url}
        self.github.comments[made] = comment
        return 201, comment

    def change_comment(self, number: int, body: bytes, **_: Any) -> Answer:
        self.github.comments[number]["body"] = json.loads(body)["body"]
        return 200, self.github.comments[number]

    def list_issues(self, query: dict[str, list[str]], **_: Any) -> Answer:
        unknown = set(query) - {"state", "labels", "creator", "per_page", "page", "sort", "direction"}
        if unknown:
            return 501, {"message": f"unknown filter {unknown}"}
        state, labels = (
            query.get("state", ["open"])[0],
            set(",".join(query.get("labels", [])).split(",")) - {""},
        )
        found = [
            each
            for each in self.github.issues.values()
            if state in ("all", each["state"]) and labels <= {label["name"] for label in each["labels"]}
        ]
        return 200, _page(found, query)

    def add_issue(self, body: bytes, **_: Any) -> Answer:
        given, number = json.loads(body), self.github.new_id()
        url = f"{self.github.url}/repos/{FULL_NAME}/issues/{number}"
        issue = given | {"id": number, "number": number, "state": "open", "user": BOT, "url": url}
        issue["labels"] = [{"name": name} for name in given.get("labels", [])]
        self.github.issues[number] = issue
        return 201, issue

    def change_issue(self, number: int, body: bytes, **_: Any) -> Answer:
        given = json.loads(body)
        if "labels" in given:
            given["labels"] = [{"name": name} for name in given["labels"]]
        self.github.issues[number] |= given
        return 200, self.github.issues[number]


# Method, path, the permission that GitHub asks for, and who answers.
_ROUTES = (
    ("GET", "", "metadata", "read", "repository"),
    ("GET", "/actions/artifacts", "actions", "read", "list_artifacts"),
    ("GET", r"/actions/artifacts/(\d+)/zip", "actions", "read", "artifact_zip"),
    ("GET", r"/actions/runs/(\d+)", "actions", "read", "run"),
    ("GET", r"/actions/runs/(\d+)/approvals", "actions", "read", "run_approvals"),
    ("GET", r"/issues/(\d+)/comments", "pull-requests", "read", "list_comments"),
    ("POST", r"/issues/(\d+)/comments", "pull-requests", "write", "add_comment"),
    ("PATCH", r"/issues/comments/(\d+)", "pull-requests", "write", "change_comment"),
    ("GET", "/issues", "issues", "read", "list_issues"),
    ("POST", "/issues", "issues", "write", "add_issue"),
    ("PATCH", r"/issues/(\d+)", "issues", "write", "change_issue"),
)


def _page(found: list[Json], query: dict[str, list[str]]) -> list[Json]:
    size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
    return found[(page - 1) * size : page * size]


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _unzip(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
