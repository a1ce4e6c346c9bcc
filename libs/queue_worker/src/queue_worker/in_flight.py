"""The messages this worker holds, and how many more it may take."""

import threading
import time
from collections.abc import Iterable

from queue_worker.batches import MAX_BATCH_ENTRIES
from queue_worker.message import Message


class InFlight:
    """Bounds what is held: a poller reserves places, fills them, and a settled message frees its own."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._reserved = 0
        self._held: dict[str, Message] = {}
        self._changed = threading.Condition()
        self.working = 0  # messages that wait for their handler or are in it

    def __len__(self) -> int:
        return len(self._held)

    def reserve(self, *, linger_seconds: float, timeout_seconds: float) -> int:
        """Places for one receive: ten if they come free within the linger time, else as many as there are.

        0 when none came free within the timeout. A receive for ten costs as much as a receive for one.
        """
        started = time.monotonic()
        whole = min(MAX_BATCH_ENTRIES, self._capacity)
        with self._changed:
            while True:
                free = self._capacity - len(self._held) - self._reserved
                waited = time.monotonic() - started
                if free >= whole or (free > 0 and waited >= linger_seconds):
                    places = min(whole, free)
                    self._reserved += places
                    return places
                if waited >= timeout_seconds:
                    return 0
                self._changed.wait((linger_seconds if free > 0 else timeout_seconds) - waited)

    def fill(self, places: int, messages: Iterable[Message]) -> None:
        """Turns reserved places into held messages; places that stay empty are freed."""
        with self._changed:
            self._reserved -= places
            for message in messages:
                self._held[message.receipt_handle] = message
                self.working += 1
            self._changed.notify_all()

    def note_outcome(self) -> None:
        """A handler has answered for one message, which is still held until it is settled."""
        with self._changed:
            self.working -= 1

    def note_resumed(self) -> None:
        """A parked message goes to its handler again."""
        with self._changed:
            self.working += 1

    def remove(self, *messages: Message) -> None:
        """The messages are settled; their places are free."""
        with self._changed:
            for message in messages:
                self._held.pop(message.receipt_handle, None)
            self._changed.notify_all()

    def holds(self, message: Message) -> bool:
        """True while the message is held."""
        return message.receipt_handle in self._held

    def snapshot(self) -> list[Message]:
        """All held messages, oldest first."""
        with self._changed:
            return list(self._held.values())

    def wait_empty(self, timeout_seconds: float) -> bool:
        """True when nothing is held any more, False after the timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._held and not self._reserved, timeout_seconds)
