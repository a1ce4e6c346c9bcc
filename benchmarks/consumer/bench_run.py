"""One run: a server, one consumer on a core of its own, an account without fault, and what it took."""

import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_candidates import Candidate
from bench_messages import aws_environment
from canned_process import CannedProcess, faults
from process_clock import cpu_seconds, peak_rss_bytes

START_SECONDS = 60.0
RUN_SECONDS = 120.0
STOP_SECONDS = 20.0
WARMUP_SHARE = 0.1


class RunFailed(Exception):
    """A run that says nothing of its consumer but that it failed; the text says how."""


@dataclass(frozen=True)
class Measurement:
    """What one run took: CPU and calls per message, memory at its highest, time to the first receive."""

    messages_per_second: float
    cpu_us: float
    calls: float
    rss_mb: float
    start_seconds: float


@dataclass(frozen=True)
class Cores:
    """The consumer has one to itself; the server and this program share the other."""

    consumer: int
    server: int


def measure(
    candidate: Candidate,
    *,
    count: int,
    delay_ms: int,
    file: Path | None,
    cores: Cores,
    environment: Mapping[str, str],
) -> Measurement:
    """Lets the candidate work off `count` messages; raises RunFailed or ServerFailed."""
    options = [
        f"--messages={count}",
        f"--warmup={int(count * WARMUP_SHARE)}",
        f"--delay-ms={delay_ms}",
        "--longest-poll-seconds=0.2",
        f"--most-seconds={START_SECONDS + RUN_SECONDS + STOP_SECONDS}",
    ]
    options += [f"--file={file}"] if file else []
    options += ["--expect-sends"] if candidate.stage == "pipe" else []
    with CannedProcess(*options, cores=(cores.server,)) as server, tempfile.TemporaryDirectory() as folder:
        env = {
            **environment,
            **aws_environment(server.url),
            **candidate.environment(delay_ms),
            "WAIT_TIME_SECONDS": "1",
            "HEALTH_FILE": f"{folder}/health",
        }
        with Consumer(candidate, env, cores.consumer, Path(folder, "stderr")) as consumer:
            measurement = _watch(server, consumer)
            consumer.stop()
        _check(candidate, server.stop(), count)
    return measurement


class Consumer:
    """The process of a candidate, from its start to its end."""

    def __init__(self, candidate: Candidate, env: Mapping[str, str], core: int, stderr: Path) -> None:
        self._candidate = candidate
        self.name = candidate.name
        self._stderr = stderr
        self.started_at = time.monotonic()
        with stderr.open("w") as errors:
            # taskset becomes the program itself: the process id stays.
            self._process = subprocess.Popen(
                ["taskset", "--cpu-list", str(core), *candidate.command],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.pid = self._process.pid

    def __enter__(self) -> "Consumer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def check_alive(self) -> None:
        """Raises RunFailed with the last thing it said when it has ended by itself."""
        if self._process.poll() is not None:
            raise RunFailed(f"{self._candidate.name} ended with {self._process.returncode}: {self._said()}")

    def stop(self) -> None:
        """SIGTERM; ours must then end with exit code 0."""
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise RunFailed(f"{self._candidate.name} did not end within {STOP_SECONDS:g} s.") from None
        if self._candidate.ours and code:
            raise RunFailed(f"{self._candidate.name} ended with {code}: {self._said()}")

    def _said(self) -> str:
        return (self._stderr.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]


def _watch(server: CannedProcess, consumer: Consumer) -> Measurement:
    first = _await(server, consumer, "first receive", START_SECONDS)
    begin = _await(server, consumer, "begin", RUN_SECONDS)
    cpu_at_begin = cpu_seconds(consumer.pid)
    end = _await(server, consumer, "end", RUN_SECONDS)
    cpu = cpu_seconds(consumer.pid) - cpu_at_begin
    messages = end["deleted"] - begin["deleted"]
    # The receive that began it is among those counted before.
    calls = sum(end["calls"].values()) - sum(begin["calls"].values()) + 1
    return Measurement(
        messages_per_second=messages / (end["monotonicSeconds"] - begin["monotonicSeconds"]),
        cpu_us=cpu / messages * 1e6,
        calls=calls / messages,
        rss_mb=peak_rss_bytes(consumer.pid) / 1e6,
        start_seconds=first["monotonicSeconds"] - consumer.started_at,
    )


def _await(server: CannedProcess, consumer: Consumer, name: str, seconds: float) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := server.told(name, timeout_seconds=0.2):
            return found
        consumer.check_alive()
    raise RunFailed(f"{consumer.name} did not come to {name!r} within {seconds:g} s.")


def _check(candidate: Candidate, account: dict[str, Any], count: int) -> None:
    found = faults(account)
    if candidate.stage == "job":
        done = account["jobServices"]
        found += [f"{done[what]} {what}" for what in ("jobs", "succeeded", "streams") if done[what] != count]
        found += [f"{done['eventsWithoutStream']} lines without a stream"] * bool(done["eventsWithoutStream"])
    if found:
        raise RunFailed(f"{candidate.name} did its work wrong: {', '.join(found)}.")
