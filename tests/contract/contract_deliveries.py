"""Behaviours of the proxy that watch, or act at one kind of call."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from embedded_aws.fault_proxy import Fault, FaultProxy, Forward, Request, Response


class Deliveries:
    """Notes which messages a service received, and when it asked."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._lock = threading.Lock()
        self.by_message: Counter[str] = Counter()
        self.asked_at: list[float] = []
        proxy.add(Fault("ReceiveMessage", self._receive))

    def _receive(self, request: Request, forward: Forward) -> Response:
        with self._lock:
            self.asked_at.append(time.monotonic())
        answer = forward(request)
        messages = json.loads(answer.body).get("Messages", []) if answer.status == 200 else []
        with self._lock:
            self.by_message.update(message["MessageId"] for message in messages)
        return answer

    def asked_between(self, start: float, end: float) -> int:
        """How many receives began between two times of time.monotonic()."""
        with self._lock:
            return sum(start <= moment <= end for moment in self.asked_at)


class At:
    """Does something once, just after the server has done a matching call and before it is answered.

    A call matches by its action, and by what its request and its answer hold. `drop`: it is never answered.
    """

    def __init__(
        self,
        action: str,
        do: Callable[[], object],
        *,
        having: bytes = b"",
        in_answer: bytes = b"",
        drop: bool = False,
    ) -> None:
        self._action = action
        self._do = do
        self._having = having
        self._in_answer = in_answer
        self._drop = drop
        self._lock = threading.Lock()
        self.done = threading.Event()

    def add_to(self, proxy: FaultProxy) -> "At":
        """Puts it into the proxy."""
        proxy.add(Fault(self._action, self, on=lambda request: self._having in request.body))
        return self

    def __call__(self, request: Request, forward: Forward) -> Response | None:
        """As FaultProxy calls it."""
        answer = forward(request)
        with self._lock:
            if self.done.is_set() or self._in_answer not in answer.body:
                return answer
            self._do()
            self.done.set()
            return None if self._drop else answer
