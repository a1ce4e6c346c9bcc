"""Where the lines of one stream wait, and how they get there: own stream, fallback or the shared one."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from background_job.cloudwatch import CloudWatch, Created, Put
from background_job.log_batches import LogEvent, batches


class Stream(NamedTuple):
    """A log group and a stream in it."""

    group: str
    name: str


class Bookkeeping(Protocol):
    """What a sink tells its writer."""

    def waiting(self, sink: "Sink", events: int, size_bytes: int) -> bool:
        """More lines wait in `sink`; False when the buffer is full and they must be dropped."""

    def left(self, sink: "Sink", size_bytes: int, *, empty: bool) -> None:
        """Lines were put or dropped."""

    def dropped(self, lines: int, reason: str) -> None:
        """Lines are lost."""

    def unreachable(self, sink: "Sink", reason: str) -> None:
        """CloudWatch does not answer for this sink."""

    def may_create(self) -> bool:
        """True when a stream may be made now."""


class Sink:
    """The lines of one stream that were not put yet; safe among threads.

    `fallback` is told why CloudWatch refuses the stream, and gives the sink to use instead and a line to add
    there. `shared` is the task's shared sink; None for that one itself. `exists`: an earlier attempt made the
    stream.
    """

    def __init__(
        self,
        stream: Stream,
        cloudwatch: CloudWatch,
        books: Bookkeeping,
        *,
        shared: "Sink | None" = None,
        fallback: "Fallback | None" = None,
        exists: bool = False,
    ) -> None:
        self.stream = stream
        self._cloudwatch = cloudwatch
        self._books = books
        self._shared = shared
        self._fallback = fallback
        # True once the ledger says where the lines are: then they wait rather than go elsewhere.
        self.place_recorded = False
        self._ready = exists
        self._events: list[LogEvent] = []
        # When the oldest of them came, by a clock that nobody can set: a jump of the wall clock would make
        # them wait for hours.
        self._oldest_at = 0.0
        self._other: Sink | None = None
        self._mutex = threading.Lock()  # guards _events and _other, held for moments
        self._flushing = threading.Lock()  # held during calls: who waits for it finds the lines gone

    @property
    def target(self) -> "Sink":
        """The sink that the lines go to in the end, as far as is known."""
        return self if self._other is None else self._other.target

    @property
    def age_seconds(self) -> float | None:
        """How long the oldest waiting line has waited; None when none waits."""
        with self._mutex:
            return time.monotonic() - self._oldest_at if self._events else None

    def add(self, events: list[LogEvent]) -> None:
        """Takes lines in; never blocks on AWS."""
        with self._mutex:
            other = self._other
            if other is None:
                if self._books.waiting(self, len(events), _size(events)):
                    if not self._events:
                        self._oldest_at = time.monotonic()
                    self._events.extend(events)
                else:
                    self._books.dropped(len(events), "The buffer of log lines is full.")
        if other is not None:
            other.add(events)

    def flush(self) -> bool:
        """Puts what waits; False when CloudWatch was away and lines stay for the next time."""
        with self._flushing:
            if self._other is None and (not self._events or (self._prepare() and self._put_all())):
                return True
            other = self._other
        return other.flush() if other is not None else False

    def give_up(self, reason: str) -> None:
        """Drops what waits, and says so."""
        with self._mutex:
            lost, self._events = self._events, []
            self._books.left(self, _size(lost), empty=True)
        if lost:
            self._books.dropped(len(lost), reason)

    def _prepare(self) -> bool:
        """True when the stream is there; otherwise the lines have moved, or wait."""
        if self._ready:
            return True
        if self._shared is not None and not self._books.may_create():
            return self._make_way(self._shared)
        created, problem = self._cloudwatch.create(self.stream.group, self.stream.name)
        if created is Created.READY:
            self._ready = True
        elif created is Created.REFUSED and self._fallback is not None:
            other, note = self._fallback(problem)
            self._move_to(other)
            other.add([note])
        elif created is Created.BUSY and self._shared is not None:
            return self._make_way(self._shared)
        else:
            self._books.unreachable(self, problem)
        return self._ready

    def _make_way(self, shared: "Sink") -> bool:
        """No stream may be made now: the lines go to the shared one, or wait."""
        if not self.place_recorded:
            self._move_to(shared)
        return False

    def _put_all(self, *, may_make: bool = True) -> bool:
        waiting = list(batches(self._take()))
        while waiting:
            put, lost, problem = self._cloudwatch.put(self.stream.group, self.stream.name, waiting[0])
            if put in (Put.NO_STREAM, Put.AWAY):
                self._put_back(waiting)
                # Never made, or somebody removed it: make it, once per flush.
                self._ready = put is Put.AWAY
                again = put is Put.NO_STREAM and may_make and self._prepare()
                return self._put_all(may_make=False) if again else self._away(problem)
            if lost:
                self._books.dropped(lost, problem)
            self._left(waiting.pop(0), empty=not waiting)
        return True

    def _away(self, problem: str) -> bool:
        if self._other is None:
            self._books.unreachable(self, problem)
        return False

    def _take(self) -> list[LogEvent]:
        with self._mutex:
            taken, self._events = self._events, []
        return taken

    def _put_back(self, waiting: list[list[LogEvent]]) -> None:
        with self._mutex:
            self._events[:0] = [event for batch in waiting for event in batch]

    def _left(self, batch: list[LogEvent], *, empty: bool) -> None:
        with self._mutex:
            self._books.left(self, _size(batch), empty=empty and not self._events)

    def _move_to(self, other: "Sink") -> None:
        with self._mutex:
            moved, self._events, self._other = self._events, [], other
            self._books.left(self, _size(moved), empty=True)
        other.add(moved)


Fallback = Callable[[str], tuple[Sink, LogEvent]]


def _size(events: list[LogEvent]) -> int:
    return sum(event.counted_bytes for event in events)
