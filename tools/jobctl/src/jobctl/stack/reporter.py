"""Shows a person what happens: a live line on a terminal, plain lines now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

# Often enough to see that it lives, seldom enough for a CI log.
PLAIN_LINE_EVERY_SECONDS = 5.0


class Reporter:
    """Progress goes to stderr, so that stdout holds the facts only."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._plain_line_due = 0.0

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False)

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """While the block runs, `show` replaces the live line."""
        self._plain_line_due = time.monotonic() + PLAIN_LINE_EVERY_SECONDS
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(text) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    def show(self, text: str) -> None:
        """What is going on now."""
        if self._status is not None:
            self._status.update(text)
        elif time.monotonic() >= self._plain_line_due:
            self._plain_line_due = time.monotonic() + PLAIN_LINE_EVERY_SECONDS
            self.say(text)
