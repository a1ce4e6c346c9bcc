"""What was handed out, sent and deleted, and what of it was wrong."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from canned_messages import BadMessages, Canned, Deliveries, Template, number_of

Event = Callable[[str, dict[str, Any]], None]


class State(IntEnum):
    """Where a message is."""

    WAITING = 0
    HELD = 1
    DELETED = 2


class Account:
    """The messages of one run. It tells `event` of the first receive, of `begin` and of `end`.

    The first `warmup` messages must all be deleted before another one is handed out. The receive that gets
    that one is the beginning: what was spent before it was spent on the warm-up, to the last message.

    With `expect_sends` each message must be sent on, once and unchanged, before it is deleted; without it
    nothing may be sent. With `recording` it hands out nothing and keeps what it is sent.
    """

    def __init__(
        self,
        messages: Sequence[Canned],
        *,
        warmup: int = 0,
        expect_sends: bool = False,
        recording: bool = False,
        event: Event = lambda name, facts: None,
    ) -> None:
        self.messages = messages
        self.calls: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.received = 0
        self.deleted = 0
        self.sent = 0
        self.recorded: list[Template] = []
        self._deliveries = Deliveries([0] * len(messages))
        self._states = [State.WAITING] * len(messages)
        self._sent = [False] * len(messages)
        self._next = 0
        self._returned: list[int] = []
        self._warmup = warmup
        self._event = event
        self._recording = recording
        self._awaited: dict[str, int] | None = None
        if expect_sends:
            self._awaited = {canned.template.body: number for number, canned in enumerate(messages)}
            if len(self._awaited) < len(messages):
                raise BadMessages("Where sends are expected no two messages may have the same body.")

    def hand_out(self, most: int, system: tuple[str, ...], attributes: bool) -> list[bytes]:
        """Up to `most` messages, each as a JSON object."""
        numbers = self._take(most)
        if numbers and not self.received:
            self._event("first receive", self.totals())
        self.received += len(numbers)
        return [self._encoded(number, system, attributes) for number in numbers]

    def _take(self, most: int) -> list[int]:
        taken = [self._returned.pop() for _ in range(min(most, len(self._returned)))]
        warm = self.deleted >= self._warmup
        last = len(self.messages) if warm else self._warmup
        fresh = range(self._next, min(self._next + most - len(taken), last))
        if self._warmup and self._warmup in fresh:
            self._event("begin", self.totals())
        self._next += len(fresh)
        return [*taken, *fresh]

    def _encoded(self, number: int, system: tuple[str, ...], attributes: bool) -> bytes:
        message, deliveries = self.messages[number], self._deliveries
        self._states[number] = State.HELD
        deliveries.counts[number] += 1
        return b'{%b,"ReceiptHandle":"%b"%b%b}' % (
            message.core,
            deliveries.handle(number).encode(),
            deliveries.system_attributes(number, system),
            message.with_attributes if attributes else b"",
        )

    def delete(self, handle: str) -> bool:
        """Deletes; False, and counted as wrong, for a handle that was never given or is used up."""
        number = self._held(handle, "deleted")
        if number is None:
            return False
        if self._awaited is not None and not self._sent[number]:
            self.wrong["deleted before it was sent"] += 1
        self._states[number] = State.DELETED
        self.deleted += 1
        if self.deleted == len(self.messages):
            self._event("end", self.totals())
        return True

    def hide(self, handle: str, seconds: int) -> bool:
        """Takes a message back when `seconds` is 0; visibility does not run out by itself here."""
        number = self._held(handle, "hidden")
        if number is None:
            return False
        if not seconds:
            self._states[number] = State.WAITING
            self._returned.append(number)
        return True

    def _held(self, handle: str, what: str) -> int | None:
        number = number_of(handle)
        if number is None or number >= len(self.messages):
            self.wrong[f"{what} by an unknown receipt handle"] += 1
        elif self._states[number] == State.DELETED:
            self.wrong[f"{what} twice" if what == "deleted" else f"{what} after it was deleted"] += 1
        elif self._states[number] == State.WAITING or self._deliveries.handle(number) != handle:
            self.wrong[f"{what} by an outdated receipt handle"] += 1
        else:
            return number
        return None

    def send(self, queue: str, template: Template) -> None:
        """Takes a message that was sent, and counts as wrong what nobody expects."""
        self.sent += 1
        if self._recording:
            self.recorded.append(template)
            return
        number = (self._awaited or {}).get(template.body)
        if number is None or self._states[number] != State.HELD:
            self.wrong["sent and not expected"] += 1
        elif self._sent[number]:
            self.wrong["sent twice"] += 1
        elif template.message_attributes != self.messages[number].template.message_attributes:
            self.wrong["sent with other attributes"] += 1
        elif queue != "next":
            self.wrong[f"sent to the queue {queue}"] += 1
        else:
            self._sent[number] = True

    def totals(self) -> dict[str, Any]:
        """What was counted so far; `wrong` and `missing` are empty after a run without fault."""
        count = len(self.messages)
        missing = {"received": count - self._next, "deleted": count - self.deleted}
        if self._awaited is not None:
            missing["sent"] = count - sum(self._sent)
        return {
            "messages": count,
            "received": self.received,
            "deleted": self.deleted,
            "sent": self.sent,
            "wrong": dict(self.wrong),
            "missing": {what: number for what, number in missing.items() if number},
            "calls": dict(self.calls),
            "monotonicSeconds": time.monotonic(),
        }
