"""`simulate-work`: work that takes time, fails and crashes on demand, for tests and the queue laboratory."""

import os
import random
import signal
import time
from typing import Any, NoReturn

import msgspec
from job_contract import Job
from queue_worker import Reject, Retry

from background_job.job_log import JobLog

Rate = float
_DAY_SECONDS = 24 * 3600.0


class Simulation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=False):
    """What `data` may ask for; rates are probabilities from 0 to 1, drawn per attempt.

    The attempt sleeps `sleep_seconds`, or a time within `sleep_range_seconds`; at `long_sleep_rate` (1 where
    `long_sleep_seconds` is given) it sleeps `long_sleep_seconds` instead. Then the process dies at
    `crash_rate` with `exit_code`, or by SIGKILL where that is 137; the attempt raises Retry at `fail_rate`
    and Reject at `reject_rate`. `fail_attempts`: the first N attempts fail for sure. With a `seed` the same
    job draws the same at the same attempt.
    """

    id: str | int = ""
    work: float = 0
    sleep_seconds: float = 0
    sleep_range_seconds: tuple[float, float] | None = None
    long_sleep_seconds: float = 0
    long_sleep_rate: Rate = 1
    crash_rate: Rate = 0
    exit_code: int = 137
    fail_rate: Rate = 0
    reject_rate: Rate = 0
    fail_attempts: int = 0
    log_lines: int = 0
    seed: int | str | None = None

    def problem(self) -> str | None:
        """One sentence about a value that is out of bounds, or None."""
        for name in ("crash_rate", "fail_rate", "reject_rate", "long_sleep_rate"):
            if not 0 <= getattr(self, name) <= 1:
                return f"{name} is {getattr(self, name):g}; it must be from 0 to 1."
        low, high = self.sleep_range_seconds or (0, 0)
        for name, seconds in (
            ("sleepSeconds", self.sleep_seconds),
            ("longSleepSeconds", self.long_sleep_seconds),
            ("sleepRangeSeconds", low),
            ("sleepRangeSeconds", high),
        ):
            if not 0 <= seconds <= _DAY_SECONDS:
                return f"{name} is {seconds:g}; it must be from 0 to {_DAY_SECONDS:g}."
        if low > high:
            return f"sleepRangeSeconds is [{low:g}, {high:g}]; the smaller comes first."
        return None


# msgspec learns a type at its first use, and crashes when two threads come at once: so that is now.
msgspec.json.Decoder(Simulation)


def handle(job: Job, log: JobLog, attempt: int, *, fault_injection: bool) -> dict[str, Any]:
    """Does as the data asks. Raises Reject unless the environment allows fault injection."""
    if not fault_injection:
        raise Reject("simulate-work is refused here: FAULT_INJECTION is off in this environment.")
    wish = read(job.data.original_trigger.get("data"))
    # Not for secrets: a repeatable draw is what a test wants.
    draw = random.Random() if wish.seed is None else random.Random(f"{wish.seed}/{job.job_id}/{attempt}")  # noqa: S311
    seconds = sleep_time_seconds(wish, draw)
    log.info("Simulated work starts", sleepSeconds=seconds, attempt=attempt)
    for number in range(wish.log_lines):
        log.info("Simulated step", number=number)
    time.sleep(seconds)
    if draw.random() < wish.crash_rate:
        crash(wish.exit_code)
    if attempt <= wish.fail_attempts or draw.random() < wish.fail_rate:
        raise Retry("The simulated work failed, as asked.")
    if draw.random() < wish.reject_rate:
        raise Reject("The simulated work can never succeed, as asked.")
    return {"id": wish.id, "work": wish.work, "attempt": attempt, "sleptSeconds": seconds}


def read(data: Any) -> Simulation:
    """The wish in the trigger's data; raises Reject with one sentence."""
    try:
        wish = msgspec.convert({} if data is None else data, Simulation)
    except msgspec.ValidationError as error:
        raise Reject(f"The data of simulate-work has the wrong shape: {error}.") from None
    if problem := wish.problem():
        raise Reject(f"The data of simulate-work is out of bounds: {problem}")
    return wish


def sleep_time_seconds(wish: Simulation, draw: random.Random) -> float:
    """How long this attempt sleeps."""
    if wish.long_sleep_seconds and draw.random() < wish.long_sleep_rate:
        return wish.long_sleep_seconds
    if wish.sleep_range_seconds:
        return round(draw.uniform(*wish.sleep_range_seconds), 3)
    return wish.sleep_seconds


def crash(exit_code: int) -> NoReturn:
    """Ends the process at once, like a killed container: nothing is flushed or handed back."""
    if exit_code == 128 + signal.SIGKILL:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(exit_code)
