"""The clock shows the time of the process that it is asked for, and of its threads that have ended."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from process_clock import cpu_seconds, peak_rss_bytes

BUSY = """
import threading, time

def work():
    while time.thread_time() < 0.5:
        pass

data = bytearray(50_000_000)
thread = threading.Thread(target=work)
thread.start()
thread.join()
del data
print(time.process_time(), flush=True)
input()
"""
IDLE = "print(0, flush=True)\ninput()\n"


@contextmanager
def child(program: str) -> Iterator[tuple[int, float]]:
    """A process that has run the program up to its end, and the CPU time that it says it took."""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.pid, float(process.stdout.readline())
        finally:
            process.kill()


def test_cpu_and_memory_are_those_of_the_process_that_is_asked_for() -> None:
    with child(BUSY) as (busy, said), child(IDLE) as (idle, _):
        assert said >= 0.5
        assert cpu_seconds(busy) >= said
        # The busy one first: a clock that both shared would have gone on by the second look.
        assert cpu_seconds(busy) > cpu_seconds(idle)
        assert peak_rss_bytes(busy) > peak_rss_bytes(idle) + 40_000_000
