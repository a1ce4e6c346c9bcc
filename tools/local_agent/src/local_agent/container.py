"""One container of a task: its process, its health, its output."""

import time
from typing import Any

from local_agent.awslogs import LogTail
from local_agent.health import HealthMonitor
from local_agent.process import TaskProcess
from local_agent.task_definition import ContainerDefinition


class Container:
    """Where one container is in its life."""

    def __init__(
        self, definition: ContainerDefinition, runtime_id: str, host_port: int | None = None
    ) -> None:
        self.definition = definition
        self.runtime_id = runtime_id
        self.host_port = host_port
        self.process: TaskProcess | None = None
        self.monitor: HealthMonitor | None = None
        self.tail: LogTail | None = None
        self.reason: str | None = None
        self.has_ended = False
        self._kill_at: float | None = None
        self._last_health = "UNKNOWN"

    @property
    def exit_code(self) -> int | None:
        """The exit code, once it is known."""
        return self.process.exit_code if self.process else None

    @property
    def health(self) -> str:
        """UNKNOWN, HEALTHY or UNHEALTHY; of a container that stops, what it was before."""
        return self.monitor.status if self.monitor else self._last_health

    def step(self) -> None:
        """Notice its end, run its health check, kill it when its stop timeout is over."""
        if self.process is None or self.has_ended:
            return
        if self.process.has_ended():
            self._end()
        elif self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.process.kill_group()
        elif self.monitor is not None:
            self.monitor.step()

    def stop(self) -> None:
        """SIGTERM now, SIGKILL after the stop timeout."""
        if self.process is None:
            self.has_ended = True
        elif self._kill_at is None:
            self._kill_at = time.monotonic() + self.definition.stop_timeout_seconds
            self._end_monitor()
            self.process.terminate()

    def kill(self) -> None:
        """SIGKILL now."""
        if self.process is not None:
            self.process.kill_group()

    def _end(self) -> None:
        self.has_ended = True
        self._end_monitor()
        if self.tail is not None:
            self.tail.end()
        if self.exit_code is None:
            self.reason = "The exit code is not known: the agent was restarted while the container ran."

    def _end_monitor(self) -> None:
        if self.monitor is not None:
            self._last_health = self.monitor.status
            self.monitor.close()
            self.monitor = None

    def shape(self, task_arn: str) -> dict[str, Any]:
        """As DescribeTasks shows it."""
        status = "STOPPED" if self.has_ended else "RUNNING" if self.process else "PENDING"
        shape: dict[str, Any] = {
            "containerArn": f"{task_arn.replace(':task/', ':container/')}/{self.runtime_id}",
            "taskArn": task_arn,
            "name": self.definition.name,
            "image": self.definition.image,
            "runtimeId": self.runtime_id,
            "lastStatus": status,
            "healthStatus": self.health,
            "networkInterfaces": [],
            "cpu": "0",
        }
        if "@" in self.definition.image:
            shape["imageDigest"] = self.definition.image.partition("@")[2]
        if self.host_port is not None:
            shape["networkBindings"] = [
                {
                    "bindIP": "127.0.0.1",
                    "containerPort": self.definition.port,
                    "hostPort": self.host_port,
                    "protocol": "tcp",
                }
            ]
        if self.exit_code is not None:
            shape["exitCode"] = self.exit_code
        if self.reason:
            shape["reason"] = self.reason
        return shape
