"""What this service needs of a queue_worker.Message; the tests bring small ones of their own."""

from collections.abc import Callable, Mapping
from typing import Protocol


class Received(Protocol):
    """One message as received; see queue_worker.Message for what each part means."""

    @property
    def message_id(self) -> str:
        """SQS's MessageId."""

    @property
    def body(self) -> str:
        """The text."""

    @property
    def attributes(self) -> Mapping[str, str]:
        """String message attributes."""

    @property
    def sent_at_ms(self) -> int:
        """SentTimestamp, ms since 1970."""

    @property
    def visible_until_ms(self) -> int:
        """Until when (ms since 1970) SQS surely hides it from others."""

    @property
    def draining(self) -> bool:
        """True once the process has been asked to stop."""

    def keep_alive(self, renew: Callable[[int], None]) -> None:
        """Calls `renew(visible_until_ms)` after every extension."""

    def limit_duration(self, seconds: float) -> None:
        """The most that the handler may take."""

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Calls `release()` when a drain ends before the handler does."""
