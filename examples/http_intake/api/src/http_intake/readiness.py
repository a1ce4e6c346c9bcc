"""Whether a submission could be taken now. Whoever asks often gets the last answer."""

import threading
import time
from collections.abc import Callable

from http_intake.errors import Away

KEEP_ANSWER_SECONDS = 2.0


class Readiness:
    """`check` asks AWS; it raises Away. Safe among threads."""

    def __init__(self, check: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._asking = threading.Lock()
        self._asked_at: float | None = None
        self._away: Away | None = None

    def check(self) -> None:
        """Raises Away when AWS did not answer, now or in the last two seconds."""
        with self._asking:
            if self._asked_at is None or self._clock() - self._asked_at >= KEEP_ANSWER_SECONDS:
                self._away = self._ask()
                self._asked_at = self._clock()
            if self._away is not None:
                raise self._away

    def _ask(self) -> Away | None:
        try:
            self._check()
        except Away as error:
            return error
        return None
