"""Container output to CloudWatch Logs: a file is tailed from a recorded offset.

The offset is recorded after each accepted call, so a killed agent loses no line; the lines of a call that
was accepted but not recorded are sent once more.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_agent.events import log
from local_agent.role_clients import AwsUnreachable, RoleError, is_passing

# PutLogEvents: 10,000 events and 1,048,576 bytes a call, counting 26 bytes an event.
MAX_EVENTS, MAX_BATCH_BYTES, EVENT_OVERHEAD_BYTES = 10_000, 1_048_576, 26
# The awslogs driver splits longer lines.
MAX_EVENT_BYTES = 262_144 - EVENT_OVERHEAD_BYTES
POLL_SECONDS, FLUSH_SECONDS, RETRY_SECONDS = 0.2, 0.5, 2.0
LAST_TRIES = 5
AWAY_SECONDS = 1.0


def cut_lines(data: bytes, is_last: bool) -> list[tuple[bytes, int]]:
    """Lines of `data` within the limits of one call, each with the number of bytes it used up.

    A line that is not complete is left for later, unless it is too long to wait for or `is_last`.
    """
    lines: list[tuple[bytes, int]] = []
    position = size = 0
    while position < len(data) and len(lines) < MAX_EVENTS:
        end = data.find(b"\n", position, position + MAX_EVENT_BYTES + 1)
        used = end + 1 - position if end >= 0 else min(MAX_EVENT_BYTES, len(data) - position)
        if end < 0 and used < MAX_EVENT_BYTES and not is_last:
            break
        line = data[position : position + used].rstrip(b"\r\n")
        # A byte that is not UTF-8 becomes three.
        message = line.decode(errors="replace").encode()[:MAX_EVENT_BYTES]
        size += len(message) + EVENT_OVERHEAD_BYTES
        if size > MAX_BATCH_BYTES and lines:
            break
        lines.append((message, used))
        position += used
    return lines


class LogTail:
    """One container's output file on its way to one log stream."""

    def __init__(self, path: Path, group: str, stream: str, client: Callable[[], Any]) -> None:
        self._path, self._group, self._stream, self._client = path, group, stream, client
        self._offset_path = path.with_suffix(".offset")
        self._offset = int(self._offset_path.read_text()) if self._offset_path.exists() else 0
        self._is_ended = threading.Event()
        self._next_try = 0.0
        self._tries = 0
        self.is_done = False
        self.is_held_up = False  # the last call failed

    def end(self) -> None:
        """The container has ended: what is in the file now is all there will be."""
        self._is_ended.set()
        self._next_try = 0.0

    def step(self, now: float) -> None:
        """Send what is new, when it is time to. Blocks for one call at most."""
        if self.is_done or now < self._next_try:
            return
        is_last = self._is_ended.is_set()  # asked before the read: nothing can come in between
        lines = self._read(is_last)
        if not lines:
            self.is_done = is_last
            return
        try:
            self._put([message.decode(errors="ignore") for message, _ in lines])
        except (ClientError, BotoCoreError, AwsUnreachable, RoleError) as error:
            self._retry_later(error, now)
            return
        self._tries, self.is_held_up = 0, False
        self._offset += sum(used for _, used in lines)
        fresh = self._offset_path.with_suffix(".new")
        fresh.write_text(str(self._offset))
        fresh.replace(self._offset_path)
        is_behind = len(lines) == MAX_EVENTS or is_last
        self._next_try = now if is_behind else now + FLUSH_SECONDS

    def _read(self, is_last: bool) -> list[tuple[bytes, int]]:
        if not self._path.exists() or self._path.stat().st_size <= self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            return cut_lines(file.read(MAX_BATCH_BYTES), is_last)

    def _put(self, messages: list[str]) -> None:
        timestamp_ms = int(time.time() * 1000)
        log_events = [{"timestamp": timestamp_ms, "message": message} for message in messages if message]
        if not log_events:
            return
        names = {"logGroupName": self._group, "logStreamName": self._stream}
        try:
            self._client().put_log_events(**names, logEvents=log_events)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            # An embedded AWS that was started anew has the group again, but not the streams.
            self._client().create_log_stream(**names)
            self._client().put_log_events(**names, logEvents=log_events)

    def _retry_later(self, error: Exception, now: float) -> None:
        self._next_try, self.is_held_up = now + RETRY_SECONDS, True
        if isinstance(error, AwsUnreachable) or is_passing(error):
            return
        self._tries += 1
        if self._tries == 1:
            log("log_lines_refused", group=self._group, stream=self._stream, error=str(error))
        if self._is_ended.is_set() and self._tries >= LAST_TRIES:
            left = self._path.stat().st_size - self._offset
            log("log_lines_given_up", stream=self._stream, bytes=left, kept_in=str(self._path))
            self.is_done = True


class LogShipper:
    """Steps all tails in one thread."""

    def __init__(self) -> None:
        self._tails: list[LogTail] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
        self._thread.start()

    def add(self, tail: LogTail) -> None:
        """Follow one more file."""
        with self._lock:
            self._tails.append(tail)

    def close(self, timeout_seconds: float) -> None:
        """Wait until everything of ended containers is sent; what is left goes out at the next start.

        The wait is short when nothing gets through: then the embedded AWS is away.
        """
        began = time.monotonic()
        while tails := list(self._tails):
            is_away = all(tail.is_held_up for tail in tails)
            if time.monotonic() - began > min(timeout_seconds, AWAY_SECONDS if is_away else timeout_seconds):
                break
            time.sleep(0.05)
        self._stop.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            with self._lock:
                tails = list(self._tails)
            for tail in tails:
                try:
                    tail.step(time.monotonic())
                except OSError as error:
                    log("log_file_unreadable", error=str(error))
            with self._lock:
                self._tails = [tail for tail in self._tails if not tail.is_done]
