"""Keeps a number of service processes running, as ECS would, and kills some of them."""

import random
import threading
from collections.abc import Callable
from types import TracebackType

from contract_processes import Process, kill


class Supervisor:
    """Restarts what ends, until it is closed; a context manager."""

    def __init__(self, *starts: Callable[[], Process]) -> None:
        self._starts = starts
        self._lock = threading.Lock()
        self._running = [start() for start in starts]
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.restarts = 0

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join(20)
        for process in self._running:
            kill(process)

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL for one of them."""
        with self._lock:
            process = chance.choice(self._running)
        kill(process)

    def _watch(self) -> None:
        while not self._closed.wait(0.1):
            with self._lock:
                for index, process in enumerate(self._running):
                    if process.exit_code() is not None:
                        self._running[index] = self._starts[index]()
                        self.restarts += 1
