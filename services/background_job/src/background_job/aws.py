"""How this service calls AWS, and which of its errors mean "away, come back later"."""

from types import TracebackType

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from queue_worker import Unavailable

# These blame the request, so another try cannot help, and pausing everybody else for it would be wrong.
# Every other error (network, throttling, expired credentials, access denied, a table or bucket that is gone)
# is mended from outside, and then the same call works.
_REQUEST_AT_FAULT = frozenset({"ValidationException", "EntityTooLarge", "KeyTooLongError", "InvalidArgument"})


def patient_config(connections: int) -> Config:
    """For ledger and results: a few tries, each short; what comes after is the caller's decision."""
    return Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=connections,
    )


def hasty_config(connections: int) -> Config:
    """For heartbeats and log lines: one short try, for others wait behind it and the next try is near."""
    return Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=connections,
    )


def error_code(error: ClientError) -> str:
    """AWS's name of the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


class AwayAsUnavailable:
    """Turns the errors of a call that may work later into Unavailable("<what> cannot be reached: ...")."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets everything pass that blames the request."""
        match error:
            case None | ParamValidationError():
                return
            case ClientError() if error_code(error) in _REQUEST_AT_FAULT:
                return
            case ClientError() | BotoCoreError():
                raise Unavailable(f"{self._what} cannot be reached: {error}") from error
