"""Recording what has been done, however long AWS is away: done work is never thrown away."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from queue_worker import Unavailable

log = logging.getLogger("background_job")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Persistence:
    """How long and how often to try, in seconds; the clock is injected."""

    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0
    # Well inside the drain time, so that the runtime can still hand the message back.
    after_drain_seconds: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def keep_trying(
        self, write: Callable[[], T], *, draining: Callable[[], bool], facts: Mapping[str, Any]
    ) -> T:
        """The answer of `write`, which is repeated while it raises Unavailable; the heartbeat goes on.

        Raises Unavailable when the process stops before AWS is back: the message is then handed back, never
        deleted, and the attempt's lease runs out. `facts` go into the process log.
        """
        pause_seconds = self.first_pause_seconds
        give_up_at: float | None = None
        while True:
            try:
                return write()
            except Unavailable as error:
                if draining():
                    give_up_at = give_up_at or self.now() + self.after_drain_seconds
                    if self.now() >= give_up_at:
                        raise
                log.warning("outcome not recorded yet", extra={**facts, "reason": error.reason})
            # Short sleeps while draining, so that the time left is not slept away.
            self.sleep(min(pause_seconds, 1.0) if draining() else pause_seconds)
            pause_seconds = min(pause_seconds * 2, self.longest_pause_seconds)
