"""The token that requests must bring: kept in SSM, read by this service itself, so that it can be rotated."""

import hashlib
import hmac
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from http_intake.errors import Away

# However many wrong tokens come, SSM is asked once in this time (its quota is 40 reads a second and account).
ASK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class _Known:
    digest: bytes
    read_at: float


class ExpectedToken:
    """Keeps the token in memory; `read` gets it from SSM and raises Away. Safe among threads.

    A new token is accepted at once: one that does not fit the known makes us look again. The old one is
    accepted until we look again by ourselves, `refresh_seconds` at most, or, while SSM is away,
    `max_age_seconds`.
    """

    def __init__(
        self,
        read: Callable[[], str],
        *,
        refresh_seconds: float,
        max_age_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._refresh_seconds = refresh_seconds
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._asking = threading.Lock()
        self._known: _Known | None = None
        self._asked_at = -math.inf
        self._away: Away | None = None

    def is_known(self) -> bool:
        """Whether requests can be judged now; asks SSM where needed."""
        self._look_again(after_seconds=self._refresh_seconds)
        return self._fresh() is not None

    def fits(self, offered: str) -> bool:
        """Whether this is the token; raises Away when that cannot be told."""
        self._look_again(after_seconds=self._refresh_seconds)
        if self._equals(offered):
            return True
        # It may have been rotated since we looked.
        self._look_again(after_seconds=0)
        if self._equals(offered):
            return True
        if self._away is not None:
            raise self._away
        return False

    def _equals(self, offered: str) -> bool:
        known = self._fresh()
        return known is not None and hmac.compare_digest(known.digest, _digest(offered))

    def _fresh(self) -> _Known | None:
        known = self._known
        return known if known and self._clock() - known.read_at <= self._max_age_seconds else None

    def _look_again(self, *, after_seconds: float) -> None:
        """Asks SSM when what we know is older; nobody waits for that who could go on without."""
        known = self._fresh()
        if known and self._clock() - known.read_at < after_seconds:
            return
        needed = known is None or after_seconds == 0
        if not self._asking.acquire(blocking=needed):
            return
        try:
            if self._clock() - self._asked_at >= ASK_AGAIN_SECONDS:
                self._ask()
        finally:
            self._asking.release()

    def _ask(self) -> None:
        try:
            self._known = _Known(_digest(self._read()), self._clock())
            self._away = None
        except Away as error:
            self._away = error
        finally:
            self._asked_at = self._clock()


def _digest(token: str) -> bytes:
    # Of equal length, whatever is offered: comparing tells nothing of the token's length either.
    return hashlib.sha256(token.encode()).digest()
