"""The messages of one queue: which can be received, which are hidden, and until when.

moto keeps a list and walks all of it, several times, for every request, without a lock. Here the
messages that can be received lie in one heap (oldest first) and the hidden ones in another (first to
come back first), so that a queue of 100,000 messages answers as fast as an empty one.
"""

import copy
import heapq
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, OverLimit, ReceiptHandleIsInvalid

IN_FLIGHT_LIMIT = 120_000  # SQS developer guide, message quotas: standard queues
TOTAL_VISIBILITY_SECONDS = 43_200  # SQS: 12 hours from the receive
LOOK_AROUND_SECONDS = 1.0  # how late a waiting receive notices a message whose time was changed

AVAILABLE, DELAYED, IN_FLIGHT, GONE = "available", "delayed", "in flight", "gone"

# One lock for all queues: a message moves to its dead-letter queue without ever being in both or neither.
# Nothing blocks inside it, and the interpreter runs one thread at a time anyway.
LOCK = threading.RLock()


@dataclass(eq=False)
class Entry:
    """A message in its queue; `hidden_until` and `received_at` are in seconds since 1970."""

    order: int
    message: Any
    state: str = AVAILABLE
    hidden_until: float = 0.0
    received_at: float = 0.0


class Shelf:
    """The messages of `queue` (moto's Queue). All methods are safe to call from several threads."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._changed = threading.Condition(LOCK)
        self._entries: dict[str, Entry] = {}
        self._available: list[tuple[int, Entry]] = []
        self._hidden: list[tuple[float, int, Entry]] = []
        self._order = 0
        self._counts = {AVAILABLE: 0, DELAYED: 0, IN_FLIGHT: 0, GONE: 0}
        self._busy_groups: dict[str, int] = {}

    def put(self, message: Any) -> None:
        """Add a message and wake one receive that waits for it."""
        with LOCK:
            self._order += 1
            entry = self._entries[message.id] = Entry(self._order, message)
            self._counts[entry.state] += 1
            if message.delayed_until / 1000 > time.time():
                self._hide(entry, DELAYED, message.delayed_until / 1000)
            else:
                self._show(entry)

    def take(
        self, count: int, visibility_seconds: int, wait_seconds: int, nobody_waits: Callable[[], bool]
    ) -> list[Any]:
        """Receive up to `count` messages, waiting for the first one up to `wait_seconds`.

        Returns copies, as they were at the moment of the receive. `nobody_waits` says that the client
        went away: then nothing is taken, or its messages would be invisible with nobody to handle them.
        Raises OverLimit for a short poll when 120,000 messages are in flight.
        """
        deadline = time.monotonic() + wait_seconds
        with LOCK:
            while True:
                self._wake()
                if nobody_waits():
                    self._changed.notify()  # this receive may have been the one woken for a message
                    return []
                taken = self._pick(count, visibility_seconds, wait_seconds)
                remaining = deadline - time.monotonic()
                if taken or remaining <= 0:
                    return taken
                self._changed.wait(min(remaining, self._seconds_to_next(), LOOK_AROUND_SECONDS))

    def delete(self, handle: str) -> None:
        """Delete what `handle` received. Succeeds without effect for an old handle, as SQS says it does."""
        message_id = message_id_of(handle, self._queue.name)
        with LOCK:
            entry = self._entries.get(message_id)
            if entry is None:
                return
            self._wake()
            if self._queue.fifo_queue and entry.state != IN_FLIGHT:
                raise _invalid_handle(handle, "The receipt handle has expired.")
            if entry.message.receipt_handle == handle:
                self._remove(entry)

    def change_visibility(self, handle: str, seconds: int) -> None:
        """Hide what `handle` received for `seconds` from now.

        An expired handle is accepted without effect. Raises InvalidParameterValue when the message is
        deleted or was received again, and when it would be hidden for more than 12 hours in all.
        """
        message_id = message_id_of(handle, self._queue.name)
        with LOCK:
            self._wake()
            entry = self._entries.get(message_id)
            if entry is None or entry.message.receipt_handle != handle:
                raise _invalid_handle(
                    handle, "Message does not exist or is not available for visibility timeout change."
                )
            if entry.state != IN_FLIGHT:
                return
            if time.time() + seconds > entry.received_at + TOTAL_VISIBILITY_SECONDS:
                raise InvalidParameterValue(
                    f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total "
                    "VisibilityTimeout for the message is beyond the limit [43200 seconds]"
                )
            self._leave_flight(entry)
            if seconds == 0:
                self._show(entry)
            else:
                self._hide(entry, IN_FLIGHT, time.time() + seconds)

    def purge(self) -> None:
        """Delete everything."""
        with LOCK:
            for entry in list(self._entries.values()):
                self._remove(entry)

    def messages(self, state: str = AVAILABLE) -> list[Any]:
        """The messages in `state`, oldest first."""
        with LOCK:
            self._wake()
            return [entry.message for entry in self._entries.values() if entry.state == state]

    def count(self, state: str) -> int:
        """How many messages are in `state`."""
        with LOCK:
            self._wake()
            return self._counts[state]

    def _pick(self, count: int, visibility_seconds: int, wait_seconds: int) -> list[Any]:
        if self._counts[IN_FLIGHT] >= IN_FLIGHT_LIMIT:
            if wait_seconds == 0:
                raise OverLimit(IN_FLIGHT_LIMIT)
            return []
        taken: list[Any] = []
        held_back: list[tuple[int, Entry]] = []
        groups_before = set(self._busy_groups)
        while self._available and len(taken) < count:
            order, entry = heapq.heappop(self._available)
            if entry.state != AVAILABLE or self._has_expired(entry) or self._is_dead(entry):
                continue
            if self._queue.fifo_queue and entry.message.group_id in groups_before:
                held_back.append((order, entry))
                continue
            taken.append(self._receive(entry, visibility_seconds))
        for item in held_back:
            heapq.heappush(self._available, item)
        return taken

    def _receive(self, entry: Entry, visibility_seconds: int) -> Any:
        message, now = entry.message, time.time()
        message.approximate_receive_count += 1
        message.approximate_first_receive_timestamp = message.approximate_first_receive_timestamp or int(
            now * 1000
        )
        message.receipt_handle = _new_handle(self._queue.name, message.id)
        entry.received_at = now
        if visibility_seconds:
            self._hide(entry, IN_FLIGHT, now + visibility_seconds)
        else:
            self._show(entry)
        return copy.copy(message)

    def _has_expired(self, entry: Entry) -> bool:
        age_seconds = time.time() - entry.message.sent_timestamp / 1000
        if age_seconds < self._queue.message_retention_period:
            return False
        self._remove(entry)
        return True

    def _is_dead(self, entry: Entry) -> bool:
        policy, target = self._queue.redrive_policy, self._queue.dead_letter_queue
        if not policy or target is None:
            return False
        if entry.message.approximate_receive_count < policy["maxReceiveCount"]:
            return False
        self._remove(entry)
        entry.message.dead_letter_queue_source_arn = self._queue.queue_arn
        entry.message.delayed_until = 0
        target.shelf.put(entry.message)
        return True

    def _remove(self, entry: Entry) -> None:
        self._leave_flight(entry)
        self._enter(entry, GONE)  # its place in a heap is skipped when it comes up
        self._entries.pop(entry.message.id, None)

    def _enter(self, entry: Entry, state: str, hidden_until: float = 0.0) -> None:
        self._counts[entry.state] -= 1
        self._counts[state] += 1
        entry.state, entry.hidden_until = state, hidden_until

    def _show(self, entry: Entry) -> None:
        self._enter(entry, AVAILABLE)
        heapq.heappush(self._available, (entry.order, entry))
        self._changed.notify()

    def _hide(self, entry: Entry, state: str, until: float) -> None:
        self._enter(entry, state, until)
        heapq.heappush(self._hidden, (until, entry.order, entry))
        group = entry.message.group_id
        if state == IN_FLIGHT and group is not None and self._queue.fifo_queue:
            self._busy_groups[group] = self._busy_groups.get(group, 0) + 1

    def _leave_flight(self, entry: Entry) -> None:
        group = entry.message.group_id
        if entry.state == IN_FLIGHT and group in self._busy_groups:
            self._busy_groups[group] -= 1
            if not self._busy_groups[group]:
                del self._busy_groups[group]
                self._changed.notify()

    def _wake(self) -> None:
        now = time.time()
        while self._hidden and self._hidden[0][0] <= now:
            until, _, entry = heapq.heappop(self._hidden)
            if entry.state in {DELAYED, IN_FLIGHT} and entry.hidden_until == until:
                self._leave_flight(entry)
                self._show(entry)

    def _seconds_to_next(self) -> float:
        return max(0.001, self._hidden[0][0] - time.time()) if self._hidden else LOOK_AROUND_SECONDS


def _new_handle(queue_name: str, message_id: str) -> str:
    return urlsafe_b64encode(f"{queue_name} {message_id} {token_hex(16)}".encode()).decode()


def message_id_of(handle: str, queue_name: str) -> str:
    """The id of the message that `handle` received. Raises ReceiptHandleIsInvalid for another queue's."""
    try:
        name, message_id, _ = urlsafe_b64decode(handle.encode()).decode().split(" ")
    except ValueError:
        name = ""
    if name != queue_name:
        error = ReceiptHandleIsInvalid()
        error.message = f'The input receipt handle "{handle}" is not a valid receipt handle.'
        raise error
    return message_id


def _invalid_handle(handle: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}")
