"""Who sent a letter back or dropped it: in the message, in the ledger, and in a stream for auditors."""

import getpass
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deployment.target import Target
from job_contract import log_line, utc_timestamp

from jobctl.dlq.letters import Letter, Stage, body_digest

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

STREAM_PREFIX = "operators"
_MAX_WHO_CHARS = 256


@dataclass(frozen=True)
class Operator:
    """`arn`: what AWS calls the caller. `hint`: the name on this machine, which nobody has checked."""

    arn: str
    hint: str


def find_operator(target: Target) -> Operator:
    """Asks AWS who calls."""
    arn = str(target.client("sts").get_caller_identity()["Arn"])
    try:
        hint = getpass.getuser()
    except (KeyError, OSError):  # no such user on this machine, as in some containers
        hint = ""
    return Operator(arn[:_MAX_WHO_CHARS], hint[:_MAX_WHO_CHARS])


class Audit:
    """The stream `operators/YYYY-MM-DD` in the log group of the stage's service.

    Made before anything is done: who may not leave a trace does nothing.
    """

    def __init__(self, target: Target, stage: Stage, operator: Operator) -> None:
        self._logs: CloudWatchLogsClient = target.client("logs")
        self._operator = operator
        self.group = target.outputs[stage.log_group]
        self.stream = f"{STREAM_PREFIX}/{utc_timestamp(_now_ms())[:10]}"
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)

    def begin(self, action: str, count: int) -> None:
        """Says what is about to be done; fails where writing is not allowed."""
        self._put([self._line("", f"dead letters: {action} of {count} begins", {"letters": count})])

    def note(self, action: str, letters: Sequence[Letter]) -> None:
        """One line a letter."""
        self._put([self._letter_line(action, letter) for letter in letters])

    def _letter_line(self, action: str, letter: Letter) -> str:
        fields = {
            "jobType": letter.job_type,
            "reason": letter.reason,
            "messageId": letter.message_id,
            "originalMessageId": letter.original_message_id,
            "generation": letter.generation,
            "bodySha256": body_digest(letter),
        }
        return self._line(letter.job_id, f"dead letter {action}", fields, letter.correlation_id)

    def _line(self, job_id: str, message: str, fields: dict[str, Any], correlation_id: str = "") -> str:
        return log_line(
            job_id=job_id,
            level="INFO",
            message=message,
            time_ms=_now_ms(),
            correlation_id=correlation_id,
            fields={"by": self._operator.arn, "localUser": self._operator.hint, **fields},
        )

    def _put(self, lines: Sequence[str]) -> None:
        now_ms = _now_ms()
        self._logs.put_log_events(
            logGroupName=self.group,
            logStreamName=self.stream,
            logEvents=[{"timestamp": now_ms, "message": line} for line in lines],
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
