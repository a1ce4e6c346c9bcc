"""GitHub's REST API on loopback, as far as the pipeline asks it: state in memory, strict.

Answers are of the shape that https://docs.github.com/en/rest shows, with the fields that are read here. A
path that is not known is answered with 404 and kept in `unknown`; the fixture fails for it. Downloads lead to
another host, as on GitHub, which refuses a request that brings the token along.
"""

import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

NAME = "example-org/jobs"
REPOSITORY_ID = 987654
TOKEN = "canary-token-of-the-job"
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
PERSON = {"login": "ada", "id": 7, "type": "User"}
TREE = "7" * 40
COMMIT = "c" * 40
PULL_REQUEST = 3
Json = dict[str, Any]
Answer = tuple[int, Any]


@dataclass
class GitHubApi:
    """What the repository has. `calls` are method and path; `failures` are answered before all else."""

    url: str = ""
    runs: dict[int, Json] = field(default_factory=dict)
    artifacts: list[Json] = field(default_factory=list)
    archives: dict[int, bytes] = field(default_factory=dict)
    trees: dict[str, str] = field(default_factory=lambda: {COMMIT: TREE})
    merged: list[Json] = field(default_factory=list)
    comments: dict[int, Json] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    approvals: list[Json] = field(default_factory=list)
    pulls: set[int] = field(default_factory=lambda: {PULL_REQUEST})
    drops_labels: bool = False
    failures: list[tuple[int, Json, dict[str, str]]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _ids: int = 100

    def new_id(self) -> int:
        """One that nothing has yet."""
        self._ids += 1
        return self._ids

    @property
    def environment(self) -> dict[str, str]:
        """What the runner tells a job."""
        return {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": NAME}

    def add_run(self, **changed: Any) -> int:
        """A run of a pull request that passed; its id."""
        run = self.new_id()
        self.runs[run] = {
            "id": run,
            "path": ".github/workflows/pull-request.yml",
            "event": "pull_request",
            "head_sha": COMMIT,
            "head_repository": {"id": REPOSITORY_ID, "full_name": NAME},
            "status": "completed",
            "conclusion": "success",
            "html_url": f"https://github.example/{NAME}/actions/runs/{run}",
            "url": f"{self.url}/repos/{NAME}/actions/runs/{run}",
        } | changed
        return run

    def add_artifact(self, name: str, content: bytes, run: int | None = None, **changed: Any) -> Json:
        """An artifact of a run, by default of one that passed."""
        run, number = self.add_run() if run is None else run, self.new_id()
        self.archives[number] = content
        self.artifacts.append(
            {
                "id": number,
                "name": name,
                "size_in_bytes": len(content),
                "expired": False,
                "created_at": f"2026-11-20T12:00:{number % 60:02}Z",
                "archive_download_url": f"{self.url}/repos/{NAME}/actions/artifacts/{number}/zip",
                "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "workflow_run": {"id": run, "repository_id": REPOSITORY_ID, "head_sha": COMMIT},
            }
            | changed
        )
        return self.artifacts[-1]

    def add_comment(self, body: str, user: Json = BOT, on: int = PULL_REQUEST) -> int:
        """A comment on a pull request or an issue."""
        number = self.new_id()
        url = f"{self.url}/repos/{NAME}/issues/comments/{number}"
        page = f"https://github.example/{NAME}/pull/{on}#issuecomment-{number}"
        self.comments[number] = {
            "id": number, "on": on, "body": body, "user": user, "url": url, "html_url": page,
        }  # fmt: skip
        return number

    def add_issue(self, body: str, user: Json = BOT, **changed: Any) -> int:
        """An open issue of drift."""
        number = self.new_id()
        self.issues[number] = {
            "id": number,
            "number": number,
            "title": "An issue",
            "state": "open",
            "body": body,
            "user": user,
            "labels": [{"name": "drift"}],
            "url": f"{self.url}/repos/{NAME}/issues/{number}",
            "html_url": f"https://github.example/{NAME}/issues/{number}",
        } | changed
        return number

    def fail(self, status: int, message: str, **headers: str) -> None:
        """The next call is answered so."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.failures.append((status, {"message": message}, named))


def zipped(**files: str | bytes) -> bytes:
    """A zip file; `__` in a name stands for a dot, and `up__` for `../`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("up__", "../").replace("__", "."), content)
    return packed.getvalue()


@contextmanager
def github_api() -> Iterator[GitHubApi]:
    """A GitHub that answers as long as the block."""
    kept = GitHubApi()
    with answering(kept, Handler):
        yield kept


@contextmanager
def answering(kept: GitHubApi, handler: type["Handler"]) -> Iterator[None]:
    """Lets a GitHub answer by a handler; fails at the end when it was asked what it does not know."""
    bound = type("Bound", (handler,), {"kept": kept})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
    assert kept.unknown == []


class Handler(BaseHTTPRequestHandler):
    """A request; who asks comes first, then what there is."""

    kept: GitHubApi

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_GET

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        place = urlsplit(self.path)
        if place.path.startswith("/storage/"):
            return self._send(*self._stored(int(place.path.removeprefix("/storage/"))))
        self.kept.calls.append((self.command, place.path))
        if refused := self.refusal("".join(self.headers.get("Authorization", "").split()[-1:]), place.path):
            return self._send(*refused)
        if self.kept.failures:
            status, content, headers = self.kept.failures.pop(0)
            return self._send(status, content, headers)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        return self._routed(place.path, query, json.loads(body or b"{}"))

    def refusal(self, token: str, _path: str) -> Answer | None:
        """Why the token may not; None where it may."""
        return None if token == TOKEN else (401, {"message": "Bad credentials"})

    def _stored(self, number: int) -> Answer:
        if "Authorization" in self.headers:
            return 400, {"message": "InvalidAuthenticationInfo"}
        return 200, self.kept.archives[number]

    def _routed(self, path: str, query: dict[str, str], body: Json) -> None:
        for method, pattern, reply in ROUTES:
            found = re.fullmatch(f"/repos/{NAME}{pattern}", path)
            if found and method == self.command:
                status, content = reply(self.kept, *map(_number, found.groups()), query, body)
                return self._paged(status, content, path, query)
        self.kept.unknown.append(f"{self.command} {path}")
        return self._send(404, {"message": "Not Found"})

    def _paged(self, status: int, content: Any, path: str, query: dict[str, str]) -> None:
        """A list goes out page by page, with the way to the next one in a header."""
        key = "artifacts" if isinstance(content, dict) and "artifacts" in content else None
        rows = content[key] if key else content
        if status == 302:
            return self._send(status, {}, {"Location": content})
        if not isinstance(rows, list):
            return self._send(status, content)
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        shown, more = rows[(page - 1) * size : page * size], len(rows) > page * size
        following = f"{self.kept.url}{path}?{urlencode(query | {'page': str(page + 1)})}"
        headers = {"Link": f'<{following}>; rel="next"'} if more else {}
        return self._send(status, content | {key: shown} if key else shown, headers)

    def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "application/zip" if isinstance(content, bytes) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _repository(kept: GitHubApi, *_: Any) -> Answer:
    base = f"{kept.url}/repos/{NAME}"
    return 200, {"id": REPOSITORY_ID, "full_name": NAME, "url": base, "default_branch": "main"}


def _artifacts(kept: GitHubApi, query: dict[str, str], _: Json) -> Answer:
    found = [each for each in kept.artifacts if each["name"] == query.get("name", each["name"])]
    return 200, {"total_count": len(found), "artifacts": found}


def _archive(kept: GitHubApi, number: int, *_: Any) -> Answer:
    return 302, f"{kept.url.replace('127.0.0.1', 'localhost')}/storage/{number}"


def _run(kept: GitHubApi, number: int, *_: Any) -> Answer:
    return (200, kept.runs[number]) if number in kept.runs else (404, {"message": "Not Found"})


def _commit(kept: GitHubApi, sha: str, *_: Any) -> Answer:
    if sha not in kept.trees:
        return 404, {"message": "Not Found"}
    return 200, {"sha": sha, "tree": {"sha": kept.trees[sha]}}


def _merged(kept: GitHubApi, *_: Any) -> Answer:
    return 200, kept.merged


def _approvals(kept: GitHubApi, run: int, *_: Any) -> Answer:
    return 200, [each for each in kept.approvals if each.get("run", run) == run]


def _pull(kept: GitHubApi, number: int, *_: Any) -> Answer:
    if number not in kept.pulls:
        return 404, {"message": "Not Found"}
    base = f"{kept.url}/repos/{NAME}"
    return 200, {"number": number, "url": f"{base}/pulls/{number}", "issue_url": f"{base}/issues/{number}"}


def _comments(kept: GitHubApi, number: int, *_: Any) -> Answer:
    return 200, [each for each in kept.comments.values() if each["on"] == number]


def _add_comment(kept: GitHubApi, number: int, _query: Json, body: Json) -> Answer:
    return 201, kept.comments[kept.add_comment(body["body"], on=number)]


def _change_comment(kept: GitHubApi, number: int, _query: Json, body: Json) -> Answer:
    kept.comments[number] |= body
    return 200, kept.comments[number]


def _delete_comment(kept: GitHubApi, number: int, *_: Any) -> Answer:
    del kept.comments[number]
    return 204, {}


def _issues(kept: GitHubApi, query: dict[str, str], _: Json) -> Answer:
    labels = set(query["labels"].split(","))
    found = [each for each in kept.issues.values() if labels <= {label["name"] for label in each["labels"]}]
    return 200, [each for each in found if query["state"] in ("all", each["state"])]


def _issue(kept: GitHubApi, number: int, *_: Any) -> Answer:
    return 200, kept.issues[number]


def _add_issue(kept: GitHubApi, _: Json, body: Json) -> Answer:
    labels = [] if kept.drops_labels else [{"name": name} for name in body["labels"]]
    return 201, kept.issues[kept.add_issue(body["body"], title=body["title"], labels=labels)]


def _change_issue(kept: GitHubApi, number: int, _query: Json, body: Json) -> Answer:
    kept.issues[number] |= body
    return 200, kept.issues[number]


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "", _repository),
    ("GET", "/actions/artifacts", _artifacts),
    ("GET", r"/actions/artifacts/(\d+)/zip", _archive),
    ("GET", r"/actions/runs/(\d+)", _run),
    ("GET", r"/actions/runs/(\d+)/approvals", _approvals),
    ("GET", r"/git/commits/(\w+)", _commit),
    ("GET", r"/commits/(\w+)/pulls", _merged),
    ("GET", r"/pulls/(\d+)", _pull),
    ("GET", r"/issues/(\d+)/comments", _comments),
    ("POST", r"/issues/(\d+)/comments", _add_comment),
    ("PATCH", r"/issues/comments/(\d+)", _change_comment),
    ("DELETE", r"/issues/comments/(\d+)", _delete_comment),
    ("GET", "/issues", _issues),
    ("POST", "/issues", _add_issue),
    ("GET", r"/issues/(\d+)", _issue),
    ("PATCH", r"/issues/(\d+)", _change_issue),
)
