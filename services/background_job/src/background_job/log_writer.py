"""Keeps the lines of all jobs until they are put: one flusher thread, one bounded buffer."""

import logging
import threading
import time
from collections import Counter
from typing import Protocol

from background_job.cloudwatch import CloudWatch
from background_job.log_sink import Fallback, Sink, Stream
from background_job.rate import TokenBucket

log = logging.getLogger("background_job.logs")
DROPPED_METRIC = "LogLinesDropped"
# While CloudWatch is away only the flusher asks whether it is back; jobs end without waiting for it.
AWAY_SECONDS = 5.0
CLOSE_SECONDS = 5.0
# So long before the end, lines whose own stream cannot be made go to the shared one, whatever the ledger
# says: readers look there when the stream of a job that has ended does not exist.
LAST_RESORT_SECONDS = 1.0
# One job may fill this share of the buffer, so that it cannot push out the lines of others.
_SHARE_PER_STREAM = 4


class CountingMetrics(Protocol):
    """The part of queue_worker.Metrics that is used here."""

    def count(self, name: str, value: int = 1) -> None:
        """Adds to a counter."""


class LogWriter:
    """Makes sinks, and flushes those whose oldest line has waited `flush_seconds`.

    `buffer_bytes` bounds what waits in this process. Lines beyond it are dropped, counted in the metric
    `LogLinesDropped`, and logged.
    """

    def __init__(
        self,
        cloudwatch: CloudWatch,
        *,
        shared_stream: Stream,
        streams_per_second: float,
        buffer_bytes: int,
        flush_seconds: float,
        metrics: CountingMetrics,
        away_seconds: float = AWAY_SECONDS,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._bucket = TokenBucket(streams_per_second)
        self._buffer_bytes = buffer_bytes
        self._flush_seconds = flush_seconds
        self._metrics = metrics
        self._away_seconds = away_seconds
        self._lock = threading.Lock()
        self._waiting: dict[Sink, int] = {}
        self._waiting_bytes = 0
        self._away_until: dict[str, float] = {}  # by log group: one that is refused must not hold the others
        self._unreported: Counter[str] = Counter()
        self._stopped = threading.Event()
        self.shared = Sink(shared_stream, cloudwatch, self)
        self._thread = threading.Thread(target=self._flush_regularly, name="log-flusher", daemon=True)

    def start(self) -> None:
        """Starts the flusher."""
        self._thread.start()

    def sink(self, stream: Stream, *, fallback: Fallback | None = None, exists: bool = False) -> Sink:
        """A sink for a job's stream."""
        return Sink(stream, self._cloudwatch, self, shared=self.shared, fallback=fallback, exists=exists)

    def flush_now(self, sink: Sink) -> None:
        """Puts a sink's lines, unless CloudWatch is known to be away: then they wait for the flusher."""
        if not self._is_away(sink):
            sink.flush()
        sink.place_recorded = True

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> None:
        """The end: stop the flusher, put what waits while there is time, count the rest as dropped."""
        deadline = time.monotonic() + timeout_seconds
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        while (sinks := self._sinks()) and time.monotonic() < deadline:
            if time.monotonic() > deadline - LAST_RESORT_SECONDS:
                for sink in sinks:
                    sink.place_recorded = False
            answers = [sink.flush() for sink in sinks if time.monotonic() < deadline]
            if not all(answers):
                time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))
        for sink in self._sinks():
            sink.give_up("The process ended while CloudWatch was away.")
        self._report_drops()

    def _flush_regularly(self) -> None:
        while not self._stopped.wait(self._flush_seconds / 2):
            try:
                self.flush_old(self._flush_seconds / 2)
                self._report_drops()
            except Exception:
                # The thread must outlive anything: without it no line would ever leave again.
                log.exception("log flush failed")

    def flush_old(self, age_seconds: float) -> None:
        """Puts the lines of every stream whose oldest line has that age."""
        for sink in self._sinks():
            waited = sink.age_seconds
            if waited is not None and waited >= age_seconds and not self._is_away(sink):
                sink.flush()

    def _is_away(self, sink: Sink) -> bool:
        return time.monotonic() < self._away_until.get(sink.stream.group, 0.0)

    def _report_drops(self) -> None:
        with self._lock:
            drops, self._unreported = self._unreported, Counter()
        for reason, lines in drops.items():
            log.warning("job log lines dropped", extra={"lines": lines, "reason": reason})

    def _sinks(self) -> list[Sink]:
        with self._lock:
            return list(self._waiting)

    # What sinks tell (log_sink.Bookkeeping).

    def waiting(self, sink: Sink, events: int, size_bytes: int) -> bool:
        """Counts lines in; False when there is no room for them."""
        with self._lock:
            own = self._waiting.get(sink, 0) + size_bytes
            full = self._waiting_bytes + size_bytes > self._buffer_bytes
            limit = self._buffer_bytes if sink is self.shared else self._buffer_bytes // _SHARE_PER_STREAM
            if full or own > limit:
                return False
            self._waiting[sink] = own
            self._waiting_bytes += size_bytes
            return True

    def left(self, sink: Sink, size_bytes: int, *, empty: bool) -> None:
        """Counts lines out."""
        with self._lock:
            self._waiting_bytes -= size_bytes
            rest = self._waiting.pop(sink, 0) - size_bytes
            if not empty:
                self._waiting[sink] = rest

    def dropped(self, lines: int, reason: str) -> None:
        """Notes lost lines: in the metric now, in the process log with the next flush."""
        self._metrics.count(DROPPED_METRIC, lines)
        with self._lock:
            self._unreported[reason] += lines

    def unreachable(self, sink: Sink, reason: str) -> None:
        """Notes that a log group does not answer."""
        group = sink.stream.group
        self._away_until[group] = time.monotonic() + self._away_seconds
        log.warning("job logs cannot be written, they wait", extra={"group": group, "reason": reason})

    def may_create(self) -> bool:
        """True within the rate of new streams."""
        return self._bucket.take()
