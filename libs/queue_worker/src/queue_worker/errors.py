"""What a handler may say besides returning, and the one error of a wrong start.

The docstring of each class is its default text.
"""

from collections.abc import Mapping


class WorkerError(Exception):
    """The queue worker cannot go on."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason or (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(self.reason)


class SettingsError(WorkerError):
    """A setting is missing or wrong."""


class Signal(WorkerError):
    """What a handler raises on purpose."""


class Retry(Signal):
    """The handler failed and asks for another attempt.

    `attempt`: how many attempts there were; it sets the delay. Without it the runtime counts receives and
    rejects at `max_attempts`; with it the caller owns the limit. `delay_seconds` replaces the computed delay.
    """

    def __init__(
        self, reason: str = "", *, attempt: int | None = None, delay_seconds: float | None = None
    ) -> None:
        super().__init__(reason)
        self.attempt = attempt
        self.delay_seconds = delay_seconds


class Reject(Signal):
    """The message can never succeed: it goes to the dead-letter queue with this reason."""

    def __init__(self, reason: str = "", *, attributes: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.attributes = dict(attributes or {})


class Defer(Signal):
    """Somebody else works on it: the message stays invisible until `until_ms` (ms since 1970)."""

    def __init__(self, reason: str = "", *, until_ms: int) -> None:
        super().__init__(reason)
        self.until_ms = until_ms


class Unavailable(Signal):
    """Something the handler needs is away: the message is held, polling pauses, it is tried again."""


class LeaseLost(Signal):
    """Another worker has taken the message over: this outcome is discarded."""


class Duplicate(Signal):
    """The work was done before: the message is deleted and counted as a duplicate."""
