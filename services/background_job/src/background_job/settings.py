"""What this service can be told by its environment, besides what the queue worker reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_worker import EnvReader

_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """Everything that can be set. `from_env` reads it once, in `__main__`."""

    region: str
    ledger_table: str
    results_bucket: str
    job_log_group: str
    custom_log_group: str
    fault_injection: bool = False
    # Longer than all retentions together: a trigger, its job and their dead letters live at most 14 days
    # each (SQS), and a copy that comes back must still find what became of the job.
    ledger_retention_days: int = 60
    log_flush_seconds: float = 3.0
    # CreateLogStream allows 50 a second for the account: several tasks share them.
    log_streams_per_second: float = 20.0
    log_buffer_bytes: int = 16 * 1024 * 1024
    metadata_url: str = ""

    @property
    def ledger_retention_seconds(self) -> int:
        """How long the ledger keeps a record after its last change."""
        return self.ledger_retention_days * _DAY_SECONDS

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "JobSettings":
        """Settings from environment variables; raises SettingsError with one sentence."""
        read = EnvReader(env)
        return cls(
            # boto3 itself reads AWS_DEFAULT_REGION only.
            region=read.text("AWS_REGION"),
            ledger_table=read.text("LEDGER_TABLE"),
            results_bucket=read.text("RESULTS_BUCKET"),
            job_log_group=read.text("JOB_LOG_GROUP"),
            custom_log_group=read.text("CUSTOM_LOG_GROUP"),
            fault_injection=read.choice("FAULT_INJECTION", ("on", "off"), "off") == "on",
            ledger_retention_days=read.integer(
                "LEDGER_RETENTION_DAYS", cls.ledger_retention_days, minimum=43, maximum=3650
            ),
            log_flush_seconds=read.number(
                "LOG_FLUSH_SECONDS", cls.log_flush_seconds, minimum=0.1, maximum=60
            ),
            log_streams_per_second=read.number(
                "LOG_STREAMS_PER_SECOND", cls.log_streams_per_second, minimum=0, maximum=50
            ),
            log_buffer_bytes=read.integer(
                "LOG_BUFFER_BYTES", cls.log_buffer_bytes, minimum=1_048_576, maximum=1_073_741_824
            ),
            metadata_url=read.url("ECS_CONTAINER_METADATA_URI_V4", ""),
        )
