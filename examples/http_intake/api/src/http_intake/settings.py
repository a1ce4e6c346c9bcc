"""The settings: read once, checked once, then frozen."""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_worker import EnvReader

# main_job wraps the trigger into a job, which must fit into a queue of the same limit.
ROOM_FOR_A_JOB_BYTES = 8_192


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`from_env` reads each from the variable named like the field, in capitals; AWS_REGION is `region`."""

    next_queue_url: str
    region: str
    auth_parameter: str = "/api/token"  # the parameter's name
    host: str = "0.0.0.0"  # noqa: S104  # in a container: the load balancer comes from outside
    port: int = 8080
    service_name: str = "http-intake"
    metrics_namespace: str = "http-intake"
    log_level: str = "INFO"
    max_body_bytes: int = 65_536
    max_message_bytes: int = 262_144
    max_in_flight: int = 64
    body_timeout_seconds: float = 10
    drain_timeout_seconds: float = 30
    retry_after_seconds: int = 5
    auth_refresh_seconds: float = 30
    auth_max_age_seconds: float = 300

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Settings from environment variables; raises SettingsError with one sentence."""
        read = EnvReader(env)
        return cls(
            next_queue_url=read.url("NEXT_QUEUE_URL"),
            # boto3 itself reads AWS_DEFAULT_REGION only.
            region=read.text("AWS_REGION"),
            auth_parameter=read.text("AUTH_PARAMETER", cls.auth_parameter),
            host=read.text("HOST", cls.host),
            port=read.integer("PORT", cls.port, minimum=0, maximum=65_535),
            service_name=read.text("SERVICE_NAME", cls.service_name),
            metrics_namespace=read.text("METRICS_NAMESPACE", cls.metrics_namespace),
            log_level=read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), cls.log_level),
            max_body_bytes=read.integer(
                "MAX_BODY_BYTES", cls.max_body_bytes, minimum=1024, maximum=cls.max_message_bytes
            ),
            max_message_bytes=read.integer(
                "MAX_MESSAGE_BYTES", cls.max_message_bytes, minimum=16_384, maximum=1_048_576
            ),
            max_in_flight=read.integer("MAX_IN_FLIGHT", cls.max_in_flight, minimum=1, maximum=1000),
            body_timeout_seconds=read.number(
                "BODY_TIMEOUT_SECONDS", cls.body_timeout_seconds, minimum=0.1, maximum=60
            ),
            drain_timeout_seconds=read.number(
                "DRAIN_TIMEOUT_SECONDS", cls.drain_timeout_seconds, minimum=1, maximum=110
            ),
            retry_after_seconds=read.integer(
                "RETRY_AFTER_SECONDS", cls.retry_after_seconds, minimum=1, maximum=3600
            ),
            auth_refresh_seconds=read.number(
                "AUTH_REFRESH_SECONDS", cls.auth_refresh_seconds, minimum=1, maximum=3600
            ),
            auth_max_age_seconds=read.number(
                "AUTH_MAX_AGE_SECONDS", cls.auth_max_age_seconds, minimum=1, maximum=86_400
            ),
        )
