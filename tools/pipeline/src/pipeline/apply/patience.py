"""Asking AWS again and again for a bounded time, through throttling and outages."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore import exceptions
from botocore.exceptions import ClientError
from deployment.aws_errors import error_code

# What passes by itself; refusals and expired credentials do not.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
_PASSING = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerErrorException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "ServerException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_SERVER_ERROR = 500
Say = Callable[[str], None]


@dataclass
class Patience:
    """A time limit, which runs from here, and how often to look; `clock` and `sleep` are for tests."""

    within_seconds: float
    every_seconds: float
    say: Say
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return self.clock() - self._since

    def until(self, look: Callable[[], bool]) -> bool:
        """Looks until `look` says True, or the time is over: then False. Errors that pass count as False."""
        while not self._try(look):
            if self.seconds >= self.within_seconds:
                return False
            self.sleep(min(self.every_seconds, max(0.0, self.within_seconds - self.seconds)))
        return True

    def _try(self, look: Callable[[], bool]) -> bool:
        try:
            return look()
        except ClientError as error:
            if not passes(error):
                raise
            self.say(f"{error.operation_name}: {error_code(error)}; asking again")
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
            self.say(f"AWS does not answer ({error}); asking again")
        return False


def passes(error: ClientError) -> bool:
    """Whether the same call may succeed a moment later."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return error_code(error) in _PASSING or status >= _SERVER_ERROR
