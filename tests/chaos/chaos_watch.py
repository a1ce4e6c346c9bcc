"""Looks at the workers all the time: how fast lost ones are replaced, and whether they grow."""

import threading
import time
from dataclasses import dataclass

import psutil
from chaos_world import TASKS, Chaos

EVERY_SECONDS = 0.5
# Imports and the first jobs are not growth.
SETTLED_SECONDS = 20.0
MIB = 2**20


@dataclass
class Memory:
    """Of one process, in MiB."""

    module: str
    seconds: float
    start: float
    end: float


class Watch:
    """A context manager; what it saw is complete when the block has ended."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._missing_since: dict[str, float] = {}
        self._first_seen: dict[str, float] = {}
        self.memory: dict[str, Memory] = {}
        self.slowest_recovery_seconds = 0.0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    @property
    def workers_seen(self) -> int:
        """How many processes have been started in all."""
        return len(self._first_seen)

    def oldest(self, module: str) -> Memory | None:
        """The process that was watched longest."""
        of_module = [memory for memory in self.memory.values() if memory.module == module]
        return max(of_module, key=lambda memory: memory.seconds, default=None)

    def _run(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            for module, count in TASKS.items():
                self._look(module, count, time.monotonic())

    def _look(self, module: str, count: int, now: float) -> None:
        workers = self._chaos.workers(module)
        if len(workers) < count:
            self._missing_since.setdefault(module, now)
        elif module in self._missing_since:
            seconds = now - self._missing_since.pop(module)
            self.slowest_recovery_seconds = max(self.slowest_recovery_seconds, seconds)
        for worker in workers:
            seconds = now - self._first_seen.setdefault(worker.task, now)
            if seconds >= SETTLED_SECONDS:
                self._weigh(worker.task, module, worker.pid, seconds)

    def _weigh(self, task: str, module: str, pid: int, seconds: float) -> None:
        try:
            mib = psutil.Process(pid).memory_info().rss / MIB
        except psutil.Error:
            return
        seen = self.memory.setdefault(task, Memory(module, seconds, mib, mib))
        seen.seconds, seen.end = seconds, mib
