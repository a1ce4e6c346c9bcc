"""The calls to AWS: SSM for the token, SQS for the trigger. Each error is Away or says whose fault it is."""

import json
import logging
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from job_contract import STORE_SUBMISSION, utc_timestamp

from http_intake.errors import Away, TooLarge
from http_intake.settings import ROOM_FOR_A_JOB_BYTES, Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

log = logging.getLogger("http_intake")
# The queue takes less than we were told: the body of this very request is at fault.
_TOO_LARGE_CODES = frozenset({"InvalidParameterValue", "InvalidMessageContents", "MessageTooLong"})


def client_config(connections: int) -> Config:
    """Three short tries: 15 s and the pauses between them at worst, less than a drain may take.

    "legacy" is the mode without a quota of retries. In the others one failure in four uses it up, and then
    each answer that is lost tells a client to send again what SQS already has.
    """
    return Config(
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "legacy", "total_max_attempts": 3},
        max_pool_connections=connections,
    )


class TokenParameter:
    """The SSM parameter (SecureString) with the token."""

    def __init__(self, client: "SSMClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self) -> str:
        """The token; raises Away, also when the parameter is missing, empty or not ours to read."""
        try:
            answer = self._client.get_parameter(Name=self._name, WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise _away("token parameter", error) from error
        value = answer["Parameter"].get("Value", "")
        # The file it was set from may have ended with a newline.
        if not (token := value.strip()):
            log.error("token parameter is empty", extra={"parameter": self._name})
            raise Away("The token cannot be checked at the moment.")
        return token


class TriggerQueue:
    """The queue that main_job receives from."""

    def __init__(self, client: "SQSClient", url: str, *, max_message_bytes: int) -> None:
        self._client = client
        self._url = url
        self._max_trigger_bytes = max_message_bytes - ROOM_FOR_A_JOB_BYTES

    def send(self, body: str) -> str:
        """SQS's id of the message, which it has now; raises TooLarge or Away."""
        if len(body.encode()) > self._max_trigger_bytes:
            raise TooLarge(f"The submission takes more than {self._max_trigger_bytes} bytes on the queue.")
        try:
            return self._client.send_message(QueueUrl=self._url, MessageBody=body)["MessageId"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _TOO_LARGE_CODES:
                raise TooLarge("The queue does not take a submission as large as this.") from error
            raise _away("trigger queue", error) from error
        except BotoCoreError as error:
            raise _away("trigger queue", error) from error

    def check(self) -> None:
        """Raises Away when the queue does not answer."""
        try:
            self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        except (BotoCoreError, ClientError) as error:
            raise _away("trigger queue", error) from error


def trigger_body(job_id: str, data: dict[str, Any], *, time_ms: int) -> str:
    """The trigger. Sent twice, it stays one job, for it brings its id along.

    ASCII, for SQS refuses some characters that JSON may hold.
    """
    trigger = {
        "trigger": "http_intake",
        "timestamp": utc_timestamp(time_ms),
        "triggerBackgroundJob": True,
        "jobType": STORE_SUBMISSION,
        "jobId": job_id,
        "data": data,
    }
    return json.dumps(trigger, allow_nan=False, separators=(",", ":"))


def clients(settings: Settings) -> "tuple[SSMClient, SQSClient]":
    """Both clients; raises ValueError for a region that is none."""
    session, config = boto3.Session(region_name=settings.region), client_config(settings.max_in_flight)
    return session.client("ssm", config=config), session.client("sqs", config=config)


def _away(what: str, error: Exception) -> Away:
    log.error("AWS cannot be reached", extra={"what": what, "error": str(error)})
    return Away(f"The {what} cannot be reached at the moment; try again.")
