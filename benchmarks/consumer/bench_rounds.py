"""All candidates in turn, again and again: what slows the machine down for a while slows all of them."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench_candidates import Candidate
from bench_messages import message_file
from bench_run import Cores, Measurement, RunFailed, measure

FEWEST_MESSAGES = 200
# Settings of the person who runs this must not reach the consumers.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


@dataclass
class Runs:
    """What one candidate took at one delay, round by round."""

    candidate: Candidate
    delay_ms: int
    measurements: list[Measurement] = field(default_factory=list)

    def best(self, name: str) -> float:
        """The lowest; of messages a second the highest. Noise only ever makes it worse."""
        values = [getattr(each, name) for each in self.measurements]
        return float(max(values) if name == "messages_per_second" else min(values))

    def median(self, name: str) -> float:
        """The middle one."""
        return float(statistics.median(getattr(each, name) for each in self.measurements))


def rounds(
    candidates: Sequence[Candidate],
    delays_ms: Sequence[int],
    *,
    times: int,
    seconds: float,
    messages: int | None,
    most_minutes: float,
    tell: Callable[[str], None],
) -> list[Runs]:
    """Measures each candidate at each delay `times` times; raises RunFailed and ServerFailed.

    A run has about as many messages as its candidate does in `seconds`, or `messages`. A round that would
    end after `most_minutes` is not begun, but for the first.
    """
    cores = two_cores()
    runs = [Runs(candidate, delay_ms) for delay_ms in delays_ms for candidate in candidates]
    with tempfile.TemporaryDirectory() as folder, on_core(cores.server):
        environment = consumer_environment(Path(folder))
        begun_at = time.monotonic()
        for number in range(1, times + 1):
            passed = time.monotonic() - begun_at
            if number > 1 and passed * number / (number - 1) > most_minutes * 60:
                tell(f"Round {number} is left out: it would end after {most_minutes:g} minutes.")
                break
            for each in runs:
                count = messages or max(
                    FEWEST_MESSAGES, int(each.candidate.per_second[each.delay_ms] * seconds)
                )
                found = measure(
                    each.candidate,
                    count=count,
                    delay_ms=each.delay_ms,
                    file=message_file(each.candidate, count, Path(folder), environment),
                    cores=cores,
                    environment=environment,
                )
                each.measurements.append(found)
                tell(_line(number, times, each, found))
    return runs


def _line(number: int, times: int, each: Runs, found: Measurement) -> str:
    return (
        f"round {number} of {times}, {each.delay_ms:2} ms, {each.candidate.name:16} "
        f"{found.messages_per_second:7,.0f} messages/s {found.cpu_us:7,.1f} us {found.calls:6.3f} calls "
        f"{found.rss_mb:5.0f} MB {found.start_seconds:5.2f} s to the first receive"
    )


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keeps this process off the consumer's core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cores() -> Cores:
    """The first two that this process may use; raises RunFailed."""
    if not hasattr(os, "sched_getaffinity") or shutil.which("taskset") is None:
        raise RunFailed("The benchmark pins processes to cores, which needs Linux and its command taskset.")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004  # one for the consumer, one for the server
        raise RunFailed("The benchmark needs two cores: one for the consumer, one for the server.")
    return Cores(consumer=cores[0], server=cores[1])


def consumer_environment(folder: Path) -> dict[str, str]:
    """What every consumer starts with: no settings of AWS but those of the canned server."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    nowhere = str(folder / "no-such-file")
    return kept | {
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
