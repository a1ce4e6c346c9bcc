"""What happens to one submission, in order: read, check the token, check the rest, queue."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from job_contract import new_job_id

from http_intake.aws import trigger_body
from http_intake.errors import Away, WrongToken
from http_intake.submission import data_to_store, read_body


class Token(Protocol):
    """Whether a token is the expected one."""

    def fits(self, offered: str) -> bool:
        """Raises Away when that cannot be told."""

    def is_known(self) -> bool:
        """Whether `fits` could tell now."""


class Queue(Protocol):
    """Where triggers go."""

    def send(self, body: str) -> str:
        """The message's id, once the queue has it; raises TooLarge or Away."""

    def check(self) -> None:
        """Raises Away when the queue does not answer."""


@dataclass(frozen=True)
class Intake:
    """Blocks while AWS answers: it runs in a thread."""

    token: Token
    queue: Queue
    now: Callable[[], float] = time.time

    def take(self, body: bytes) -> str:
        """The job id, once SQS has the trigger; raises Refused."""
        unchecked = read_body(body)
        # Before the rest is looked at: who has no token learns nothing of what is expected.
        if not self.token.fits(unchecked.token):
            raise WrongToken("The token is wrong.", field="token")
        data = data_to_store(unchecked.fields)
        job_id = new_job_id()
        self.queue.send(trigger_body(job_id, data, time_ms=int(self.now() * 1000)))
        return job_id

    def check(self) -> None:
        """Raises Away when a submission could not be taken now."""
        if not self.token.is_known():
            raise Away("The token cannot be checked at the moment.")
        self.queue.check()
