"""A container's health check: run its command, judge the answers as ECS does."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from local_agent.process import Identity, kill_group, with_own_interpreter
from local_agent.task_definition import HealthCheck

# Until the first success a check runs more often than its interval, so that deployments here do not wait
# half a minute; the first moment at which it may call the container unhealthy stays that of ECS.
FIRST_INTERVAL_SECONDS = 0.5


def probe_command(check: HealthCheck) -> list[str]:
    """The program and arguments of a `CMD` or `CMD-SHELL` health check."""
    kind, *words = check.command
    if kind == "CMD":
        return with_own_interpreter(words)
    return ["/bin/sh", "-c", " ".join(words if kind == "CMD-SHELL" else check.command)]


class HealthMonitor:
    """Turns the answers of one container's health check into UNKNOWN, HEALTHY or UNHEALTHY."""

    def __init__(
        self,
        check: HealthCheck,
        environment: Mapping[str, str],
        folder: Path,
        now: Callable[[], float],
        status: str = "UNKNOWN",
    ) -> None:
        """`status`: what an earlier agent knew of the container."""
        self.status = status
        self._check, self._environment, self._folder, self._now = check, dict(environment), folder, now
        self._began = now()
        self._failures = 0
        self._probe: subprocess.Popen[bytes] | None = None
        self._probe_deadline = 0.0
        self._next_probe = self._began + self._wait_seconds()

    def step(self) -> None:
        """Start a check that is due, or take in the answer of the one that runs. Never blocks."""
        if self._probe is not None:
            self._finish()
        elif self._now() >= self._next_probe:
            self._start()

    def close(self) -> None:
        """End a check that still runs."""
        if self._probe is not None:
            self._kill(self._probe)
            self._probe = None

    def _wait_seconds(self) -> float:
        interval = self._check.interval_seconds
        return min(interval, FIRST_INTERVAL_SECONDS) if self.status == "UNKNOWN" else interval

    def _start(self) -> None:
        self._probe_deadline = self._now() + self._check.timeout_seconds
        try:
            self._probe = subprocess.Popen(
                probe_command(self._check),
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._judge(is_good=False)

    def _finish(self) -> None:
        assert self._probe is not None  # noqa: S101
        code = self._probe.poll()
        if code is None and self._now() < self._probe_deadline:
            return
        self._kill(self._probe)
        self._probe = None
        self._judge(is_good=code == 0)

    def _kill(self, probe: "subprocess.Popen[bytes]") -> None:
        if probe.poll() is None:
            kill_group(Identity.of(probe.pid))
            probe.wait()

    def _judge(self, is_good: bool) -> None:
        if is_good:
            self.status, self._failures = "HEALTHY", 0
        else:
            self._failures += 1
            if self._failures >= self._check.retries and self._now() >= self._first_verdict():
                self.status = "UNHEALTHY"
        self._next_probe = self._now() + self._wait_seconds()

    def _first_verdict(self) -> float:
        if self.status != "UNKNOWN":
            return self._began
        counted_seconds = self._check.interval_seconds * self._check.retries
        return self._began + self._check.start_period_seconds + counted_seconds
