"""`python first_uses.py NAME TIMES`: forks so often; in each child six threads use a type for the first time.

Prints how many children died. A program of its own: pytest has threads, and has used the types before.
"""

import os
import sys
import threading
from collections.abc import Callable

from job_contract import parse_job, record_from_item

THREADS = 6
JOB = """{"jobId": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "jobType": "a", "timestamp": "", "correlationId": "",
          "data": {"originalTrigger": {}}}"""
ITEM = {"jobId": {"S": "a"}, "jobType": {"S": "a"}, "fingerprint": {"S": "a"}, "state": {"S": "dead"}}
USES: dict[str, Callable[[], object]] = {
    "job": lambda: parse_job(JOB),
    "record": lambda: record_from_item(ITEM),
}


def main() -> None:
    """Counts the dead."""
    use, times = USES[sys.argv[1]], int(sys.argv[2])
    sys.setswitchinterval(1e-6)
    print(sum(_dies(use) for _ in range(times)))


def _dies(use: Callable[[], object]) -> bool:
    pid = os.fork()
    if pid == 0:
        _use_at_once(use)
        os._exit(0)
    return os.waitpid(pid, 0)[1] != 0


def _use_at_once(use: Callable[[], object]) -> None:
    together = threading.Barrier(THREADS)

    def work() -> None:
        together.wait()
        use()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
