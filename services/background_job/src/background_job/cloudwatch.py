"""The two CloudWatch Logs calls that job streams need, and what their answers mean."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from background_job.aws import error_code
from background_job.log_batches import LogEvent

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_BUSY = frozenset({"ThrottlingException", "LimitExceededException"})

_REFUSED = frozenset({"InvalidParameterException", "ResourceNotFoundException", "AccessDeniedException"})


class Created(Enum):
    """What CreateLogStream led to."""

    READY = auto()
    REFUSED = auto()  # the name or the group is not to be had, now or later
    BUSY = auto()  # the account's 50 a second are used up
    AWAY = auto()


class Put(Enum):
    """What PutLogEvents led to."""

    TAKEN = auto()
    NO_STREAM = auto()
    REFUSED = auto()  # no repetition will be taken either
    AWAY = auto()


class CloudWatch:
    """Talks to CloudWatch Logs and never raises what AWS does."""

    def __init__(self, client: "CloudWatchLogsClient") -> None:
        self._client = client

    def create(self, group: str, stream: str) -> tuple[Created, str]:
        """Makes a stream; one that is there already is fine. Returns the meaning and the error's text."""
        try:
            self._client.create_log_stream(logGroupName=group, logStreamName=stream)
        except ClientError as error:
            code = error_code(error)
            if code == "ResourceAlreadyExistsException":
                return Created.READY, ""
            if code in _BUSY:
                return Created.BUSY, str(error)
            return (Created.REFUSED if code in _REFUSED else Created.AWAY), str(error)
        except BotoCoreError as error:
            return Created.AWAY, str(error)
        return Created.READY, ""

    def put(self, group: str, stream: str, events: Sequence[LogEvent]) -> tuple[Put, int, str]:
        """Puts one batch. Returns the meaning, how many events were not kept, and the error's text."""
        try:
            answer = self._client.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[{"timestamp": event.time_ms, "message": event.text} for event in events],
            )
        except ClientError as error:
            code = error_code(error)
            if code == "ResourceNotFoundException":
                return Put.NO_STREAM, 0, str(error)
            if code == "DataAlreadyAcceptedException":
                return Put.TAKEN, 0, ""
            if code == "InvalidParameterException":
                return Put.REFUSED, len(events), str(error)
            return Put.AWAY, 0, str(error)
        except BotoCoreError as error:
            return Put.AWAY, 0, str(error)
        rejected = answer.get("rejectedLogEventsInfo") or {}
        too_old = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
        too_new = len(events) - rejected.get("tooNewLogEventStartIndex", len(events))
        return Put.TAKEN, too_old + too_new, "CloudWatch found lines too old or too new." if rejected else ""
