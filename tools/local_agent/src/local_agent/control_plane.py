"""The agent's two conversations with the embedded AWS: what is wanted, and what is.

Wanted state comes by long poll in one thread, reports go out in another; the main loop never waits for
either. While the embedded AWS is away both try again, and what was to be reported waits.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from local_agent.events import log

WATCH_SECONDS = 20.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.25, 2.0
# Reports within this time travel together.
GATHER_SECONDS = 0.1


class Channel:
    """Posts JSON to the embedded AWS's pages for the agent."""

    def __init__(self, endpoint_url: str, account: Callable[[], str], region: str, cluster: str) -> None:
        self._base, self._account = f"{endpoint_url}/moto-api/ecs-agent", account
        self._identity = {"region": region, "cluster": cluster}

    def post(self, page: str, body: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Raises OSError or ValueError when there is no good answer."""
        payload = json.dumps({**self._identity, "account": self._account(), **body}).encode()
        request = urllib.request.Request(  # noqa: S310  (the address was checked to be http://)
            f"{self._base}/{page}", payload, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=timeout_seconds) as response:  # noqa: S310
            answer: dict[str, Any] = json.loads(response.read())
        return answer


class Watcher:
    """Keeps the latest wanted state, and wakes the main loop when a new one arrives."""

    def __init__(self, channel: Channel, wake: threading.Event) -> None:
        self._channel, self._wake = channel, wake
        self.wanted: dict[str, Any] | None = None
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            held = self.wanted or {}
            position = {"epoch": held.get("epoch"), "version": held.get("version")}
            try:
                body = {**position, "waitSeconds": WATCH_SECONDS}
                self.wanted = self._channel.post("watch", body, WATCH_SECONDS + 10)
            except Exception as error:  # whatever it is, the agent goes on
                if retry_seconds == FIRST_RETRY_SECONDS:
                    log("embedded_aws_away", error=str(error))
                time.sleep(retry_seconds)
                retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)
                continue
            retry_seconds = FIRST_RETRY_SECONDS
            self._wake.set()


class Reporter:
    """Sends what has changed; after `resync`, everything."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._changed = threading.Condition()
        self._tasks: dict[str, dict[str, Any]] = {}
        self._dirty: set[str] = set()
        self._services: dict[str, dict[str, Any]] = {}
        self._is_snapshot_due = False
        self._is_busy = False
        self._is_away = False  # the last report did not arrive
        threading.Thread(target=self._run, name="report", daemon=True).start()

    def offer(self, tasks: dict[str, dict[str, Any]], services: dict[str, dict[str, Any]]) -> None:
        """All tasks as they are now, and by service name what is new: `{"events", "deployments"}`."""
        with self._changed:
            self._dirty |= {arn for arn, shape in tasks.items() if self._tasks.get(arn) != shape}
            self._tasks = tasks
            for name, news in services.items():
                waiting = self._services.setdefault(
                    name, {"serviceName": name, "events": [], "deployments": []}
                )
                waiting["events"] += news["events"]
                waiting["deployments"] += news["deployments"]
            if self._dirty or self._services:
                self._changed.notify_all()

    def resync(self) -> None:
        """The embedded AWS is a new one, or the agent is: send everything."""
        with self._changed:
            self._is_snapshot_due = True
            self._changed.notify_all()

    def flush(self, timeout_seconds: float) -> None:
        """Wait until everything offered has been sent; not for an embedded AWS that is away."""

        def is_sent() -> bool:
            return self._is_away or not (self._has_work() or self._is_busy)

        with self._changed:
            self._changed.wait_for(is_sent, timeout_seconds)

    def _has_work(self) -> bool:
        return bool(self._dirty or self._services or self._is_snapshot_due)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                self._is_busy = True
            time.sleep(GATHER_SECONDS)
            self._send()

    def _send(self) -> None:
        with self._changed:
            is_snapshot = self._is_snapshot_due
            arns = set(self._tasks) if is_snapshot else self._dirty & set(self._tasks)
            shapes, services = [self._tasks[arn] for arn in arns], self._services
            self._dirty, self._services, self._is_snapshot_due = set(), {}, False
        body = {"snapshot": is_snapshot, "tasks": shapes, "services": list(services.values())}
        is_sent = True
        try:
            self._channel.post("report", body, 10)
        except Exception:  # the watcher says that the embedded AWS is away
            is_sent = False
        with self._changed:
            if not is_sent:
                self._put_back(arns, services, is_snapshot)
            self._is_busy, self._is_away = False, not is_sent
            self._changed.notify_all()
        if not is_sent:
            time.sleep(LONGEST_RETRY_SECONDS / 2)

    def _put_back(self, arns: set[str], services: dict[str, dict[str, Any]], is_snapshot: bool) -> None:
        self._dirty |= arns
        self._is_snapshot_due |= is_snapshot
        for name, newer in self._services.items():
            older = services.setdefault(name, {"serviceName": name, "events": [], "deployments": []})
            older["events"] += newer["events"]
            older["deployments"] += newer["deployments"]
        self._services = services
