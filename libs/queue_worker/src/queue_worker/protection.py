"""ECS task scale-in protection, for jobs that a drain could not wait for.

It is taken only once a handler has run longer than the drain time, renewed while that is so, and bounded: a
task protected for too long stops receiving, finishes, gives the protection up and rests a moment, so that a
deployment that waits for it gets its turn even under a steady backlog.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

logger = logging.getLogger(__name__)
EXPIRES_IN_MINUTES = 10
TRY_AGAIN_SECONDS = 30.0
REST_SECONDS = 60.0
TIMEOUT_SECONDS = 2.0


class Protection:
    """Called from the main loop only. Without an agent URI (not on ECS) it does nothing."""

    def __init__(
        self,
        *,
        agent_uri: str,
        drain_timeout_seconds: float,
        max_protection_minutes: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = f"{agent_uri.rstrip('/')}/task-protection/v1/state" if agent_uri else ""
        self._drain_timeout_seconds = drain_timeout_seconds
        self._max_seconds = max_protection_minutes * 60
        self._monotonic = monotonic
        self._protected_since: float | None = None
        self._renew_at = 0.0
        self._try_again_at = 0.0
        self._rest_until = 0.0

    def tick(self, longest_running_seconds: float) -> None:
        """Takes, renews or gives up protection; the argument is 0 when no handler runs."""
        now = self._monotonic()
        if not self._url or now < self._try_again_at:
            return
        if longest_running_seconds > self._drain_timeout_seconds:
            self._take(now)
        elif self._protected_since is not None:
            # At once: until then a deployment or a scale-in would wait for nothing.
            self._give_up(now, longest_running_seconds)

    def may_receive(self) -> bool:
        """False when this task has been protected for too long, until it has finished and rested."""
        now = self._monotonic()
        if self._protected_since is not None and now - self._protected_since >= self._max_seconds:
            return False
        return now >= self._rest_until

    def _take(self, now: float) -> None:
        if self._protected_since is not None and now < self._renew_at:
            return
        if self._put(True):
            self._protected_since = self._protected_since or now
            self._renew_at = now + EXPIRES_IN_MINUTES * 60 / 2
        else:
            self._try_again_at = now + TRY_AGAIN_SECONDS

    def _give_up(self, now: float, longest_running_seconds: float) -> None:
        exhausted = not self.may_receive()
        if exhausted and longest_running_seconds > 0:
            return  # the last ones finish first
        if self._put(False):
            self._protected_since = None
            if exhausted:
                self._rest_until = now + REST_SECONDS
        else:
            self._try_again_at = now + TRY_AGAIN_SECONDS

    def _put(self, enabled: bool) -> bool:
        body: dict[str, Any] = {"ProtectionEnabled": enabled}
        if enabled:
            body["ExpiresInMinutes"] = EXPIRES_IN_MINUTES
        request = Request(  # noqa: S310  # the URI comes from ECS itself
            self._url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                said = json.load(answer)
        except (OSError, ValueError) as error:
            logger.warning("task protection not changed", extra={"enabled": enabled, "error": str(error)})
            return False
        if refusal := said.get("failure") or said.get("error"):
            # DEPLOYMENT_BLOCKED, for one: a deployment is waiting, so this task stays unprotected.
            logger.warning("task protection refused", extra={"enabled": enabled, "answer": refusal})
            return False
        logger.info("task protection changed", extra={"enabled": enabled})
        return True
