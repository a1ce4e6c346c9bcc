"""One received message, and what a handler may send on."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# The hand-out happens on the server a moment before the answer arrives here.
VISIBILITY_MARGIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for the next queue; `attributes` travel as string message attributes."""

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Message:
    """What a handler gets: one message, as received once.

    `attributes`: the string message attributes. `sent_at_ms`: SentTimestamp, ms since 1970.
    `receive_count`: how often SQS has handed it out; drains and bounces count too.
    """

    def __init__(
        self,
        *,
        message_id: str,
        body: str,
        receipt_handle: str,
        attributes: Mapping[str, str],
        raw_attributes: Mapping[str, Any],
        receive_count: int,
        sent_at_ms: int,
        visibility_timeout_seconds: float,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self.message_id = message_id
        self.body = body
        self.attributes = attributes
        self.receive_count = receive_count
        self.sent_at_ms = sent_at_ms
        self.receipt_handle = receipt_handle
        self.raw_attributes = raw_attributes
        self.started_at: float | None = None  # time.monotonic() when the handler began
        self.must_end_at: float | None = None  # time.monotonic() at which its handler is overdue
        self.lapsed = False  # SQS refused to extend it: it is, or will be, delivered again
        self.overran = False
        self.renewals: list[Callable[[int], None]] = []
        self._release: Callable[[], None] | None = None
        self._draining = draining
        self._lock = threading.Lock()
        self._settled = False
        self._lease_lost = False
        margin = min(VISIBILITY_MARGIN_SECONDS, visibility_timeout_seconds / 4)
        self._visible_at = time.monotonic() + visibility_timeout_seconds - margin

    @property
    def visible_until_ms(self) -> int:
        """Until when (ms since 1970) SQS surely hides this message from others."""
        return int((time.time() + self.hidden_for_seconds) * 1000)

    @property
    def hidden_for_seconds(self) -> float:
        """How much longer SQS surely hides this message; negative when it may have been handed out again."""
        return self._visible_at - time.monotonic()

    @property
    def draining(self) -> bool:
        """True once the process has been asked to stop."""
        return self._draining()

    @property
    def lease_lost(self) -> bool:
        """True once a renewal has found that another worker took over."""
        return self._lease_lost

    def keep_alive(self, renew: Callable[[int], None]) -> None:
        """Calls `renew(visible_until_ms)` after every extension of the visibility, from another thread.

        When it raises LeaseLost, this message's outcome is discarded. Any other error is logged, and the
        next beat tries again.
        """
        self.renewals.append(renew)

    def limit_duration(self, seconds: float) -> None:
        """The most that the handler may still take for this message, from now; replaces what was set.

        On overrun the process drains and exits non-zero, for a thread cannot be killed.
        """
        self.must_end_at = time.monotonic() + seconds

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Calls `release()` once when a drain ends before the handler does, before others see the message."""
        self._release = release

    def release(self) -> None:
        """Calls what `on_hand_back` left."""
        if self._release is not None:
            self._release()

    def extended(self, visibility_timeout_seconds: float, requested_at: float) -> None:
        """Notes that SQS extended the visibility; `requested_at` is time.monotonic() before the call."""
        self._visible_at = requested_at + visibility_timeout_seconds

    def lose_lease(self) -> None:
        """Notes that another worker has taken over."""
        self._lease_lost = True

    def settle(self) -> bool:
        """True for the first caller only: the handler's end and a drain's end may race for the outcome."""
        with self._lock:
            first, self._settled = not self._settled, True
            return first
