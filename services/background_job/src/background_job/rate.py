"""A token bucket: how often something may happen."""

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """`per_second` takes a second on average, at most a second's worth at once. Safe among threads."""

    def __init__(self, per_second: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._now = now
        self._tokens = self._capacity = max(per_second, min(per_second * 10, 1.0))
        self._filled_at = now()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """True when it may happen now."""
        with self._lock:
            now = self._now()
            self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._per_second)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
