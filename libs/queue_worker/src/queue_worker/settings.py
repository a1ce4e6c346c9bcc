"""The worker's settings: read once, checked once, then frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from queue_worker.env import EnvReader
from queue_worker.errors import SettingsError
from queue_worker.sign_of_life import health_file

# SQS: a message can stay invisible for 12 hours in all per receive; a job must end before that.
MAX_DURATION_LIMIT_SECONDS = 11 * 3600 + 1800
# SQS: the longest visibility timeout, the longest long poll, the largest message.
MAX_VISIBILITY_SECONDS = 12 * 3600
MAX_WAIT_SECONDS = 20
MAX_MESSAGE_BYTES = 1_048_576
# Time to hand back and to flush, kept free at the end of a drain.
DRAIN_RESERVE_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """Everything that can be set. `from_env` reads it from variables named like the fields, in capitals."""

    queue_url: str
    dead_letter_queue_url: str
    next_queue_url: str = ""
    service_name: str = "worker"
    environment: str = "local"
    metrics_namespace: str = "queue-worker"
    log_level: str = "INFO"
    concurrency: int = 10
    max_in_flight: int = 10
    max_pollers: int = 4
    max_attempts: int = 5
    visibility_timeout_seconds: int = 30
    heartbeat_seconds: float = 10
    wait_time_seconds: int = 20
    drain_timeout_seconds: float = 90
    max_duration_seconds: float = 3600
    max_message_bytes: int = MAX_MESSAGE_BYTES
    retry_base_seconds: float = 5
    retry_cap_seconds: float = 900
    metrics_interval_seconds: float = 10
    max_protection_minutes: int = 60
    ecs_agent_uri: str = ""
    fast_calls: bool = True
    health_file: Path = field(default_factory=lambda: health_file({}))

    def __post_init__(self) -> None:
        """Rules that cross settings; raises SettingsError."""
        if self.heartbeat_seconds * 2 > self.visibility_timeout_seconds:
            raise SettingsError(
                f"HEARTBEAT_SECONDS is {self.heartbeat_seconds:g}; it must be at most half of "
                f"VISIBILITY_TIMEOUT_SECONDS ({self.visibility_timeout_seconds}), so that one beat may fail."
            )
        if self.drain_timeout_seconds <= self.wait_time_seconds + DRAIN_RESERVE_SECONDS:
            raise SettingsError(
                f"DRAIN_TIMEOUT_SECONDS is {self.drain_timeout_seconds:g}; it must exceed WAIT_TIME_SECONDS "
                f"({self.wait_time_seconds}) by more than {DRAIN_RESERVE_SECONDS}, for a long poll that is "
                "out cannot be cut short without losing sight of messages."
            )
        if self.max_in_flight < self.concurrency:
            raise SettingsError(
                f"MAX_IN_FLIGHT is {self.max_in_flight}; it must be at least CONCURRENCY "
                f"({self.concurrency})."
            )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "WorkerSettings":
        """Settings from environment variables; raises SettingsError with one sentence."""
        read = EnvReader(env)
        concurrency = read.integer("CONCURRENCY", cls.concurrency, minimum=1, maximum=256)
        return cls(
            queue_url=read.url("QUEUE_URL"),
            dead_letter_queue_url=read.url("DEAD_LETTER_QUEUE_URL"),
            next_queue_url=read.url("NEXT_QUEUE_URL", ""),
            service_name=read.text("SERVICE_NAME", cls.service_name),
            environment=read.text("ENVIRONMENT", cls.environment),
            metrics_namespace=read.text("METRICS_NAMESPACE", cls.metrics_namespace),
            log_level=read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), cls.log_level),
            concurrency=concurrency,
            max_in_flight=read.integer("MAX_IN_FLIGHT", concurrency, minimum=1, maximum=10_000),
            max_pollers=read.integer("MAX_POLLERS", cls.max_pollers, minimum=1, maximum=64),
            max_attempts=read.integer("MAX_ATTEMPTS", cls.max_attempts, minimum=1, maximum=1000),
            visibility_timeout_seconds=read.integer(
                "VISIBILITY_TIMEOUT_SECONDS",
                cls.visibility_timeout_seconds,
                minimum=1,
                maximum=MAX_VISIBILITY_SECONDS,
            ),
            heartbeat_seconds=read.number(
                "HEARTBEAT_SECONDS", cls.heartbeat_seconds, minimum=0.1, maximum=MAX_VISIBILITY_SECONDS
            ),
            wait_time_seconds=read.integer(
                "WAIT_TIME_SECONDS", cls.wait_time_seconds, minimum=0, maximum=MAX_WAIT_SECONDS
            ),
            drain_timeout_seconds=read.number(
                "DRAIN_TIMEOUT_SECONDS", cls.drain_timeout_seconds, minimum=1, maximum=3600
            ),
            max_duration_seconds=read.number(
                "MAX_DURATION_SECONDS",
                cls.max_duration_seconds,
                minimum=1,
                maximum=MAX_DURATION_LIMIT_SECONDS,
            ),
            max_message_bytes=read.integer(
                "MAX_MESSAGE_BYTES", cls.max_message_bytes, minimum=1024, maximum=MAX_MESSAGE_BYTES
            ),
            retry_base_seconds=read.number(
                "RETRY_BASE_SECONDS", cls.retry_base_seconds, minimum=0.1, maximum=3600
            ),
            retry_cap_seconds=read.number(
                "RETRY_CAP_SECONDS", cls.retry_cap_seconds, minimum=1, maximum=MAX_VISIBILITY_SECONDS
            ),
            metrics_interval_seconds=read.number(
                "METRICS_INTERVAL_SECONDS", cls.metrics_interval_seconds, minimum=1, maximum=60
            ),
            max_protection_minutes=read.integer(
                "MAX_PROTECTION_MINUTES", cls.max_protection_minutes, minimum=1, maximum=2880
            ),
            ecs_agent_uri=read.url("ECS_AGENT_URI", ""),
            fast_calls=read.choice("FAST_CALLS", ("on", "off"), "on") == "on",
            health_file=health_file(env),
        )
