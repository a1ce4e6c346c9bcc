"""From a message to an attempt: claims the job, or says what the message is instead."""

import secrets
import threading
import weakref
from collections.abc import Callable
from typing import NamedTuple

from job_contract import GENERATION, Job, JobState, LedgerRecord, generation_in
from queue_worker import Defer, Duplicate, Reject, Unavailable

from background_job.claims import ClaimRequest, Verdict, judge
from background_job.ledger import Ledger, LogPlace
from background_job.received import Received

# A reason travels as a message attribute and stands in the ledger.
MAX_REASON_CHARS = 500
# A worker that vanishes costs every job in it an attempt. One of them may be the cause, so after this many
# a job runs alone: what it then does to its worker costs nobody else.
MAX_LOST_IN_COMPANY = 2
# The record may change between a look and a write; each change is somebody else's progress.
_ROUNDS = 5
_TOKEN_BYTES = 16


class MustRunAlone(Exception):
    """The job's workers vanish: it may only run where nothing runs beside it."""


class Attempt(NamedTuple):
    """A claim that we hold. `number` counts from 1, anew after a replay (`generation` tells those apart)."""

    job: Job
    token: str
    number: int
    max_attempts: int
    generation: int
    message: Received

    @property
    def is_last(self) -> bool:
        """True when a failure of this attempt is the job's death."""
        return self.number >= self.max_attempts


class Claimer:
    """Claims jobs for messages."""

    def __init__(self, ledger: Ledger, *, max_attempts: int, log_place: Callable[[Job], LogPlace]) -> None:
        self._ledger = ledger
        self._max_attempts = max_attempts
        self._log_place = log_place
        self._unsure: weakref.WeakKeyDictionary[Received, str] = weakref.WeakKeyDictionary()
        self._unsure_lock = threading.Lock()

    def claim(self, message: Received, job: Job, *, alone: bool = False) -> Attempt:
        """An attempt to run `job`; `alone` says that no other job runs beside it.

        Raises MustRunAlone (claim it again, alone), Duplicate (done, or an outdated dead letter), Defer
        (leased), Reject (dead, or the id belongs to another job) and Unavailable (the ledger is away: ask
        again with the same message object).
        """
        request = self._request(message, job, alone)
        try:
            record = self._claimed(request)
        except Unavailable:
            # The claim may have been written: asking again must recognise it, or an attempt is lost.
            self._remember(message, request.token)
            raise
        return Attempt(
            job=job,
            token=request.token,
            number=record.attempts,
            max_attempts=self._max_attempts,
            generation=record.generation,
            message=message,
        )

    def _claimed(self, request: ClaimRequest) -> LedgerRecord:
        record = self._ledger.claim(request)
        for _ in range(_ROUNDS):
            match judge(record, request, self._ledger.now_ms()):
                case Verdict.MINE:
                    return record
                case Verdict.REPLAY:
                    record = self._ledger.reopen(request, record)
                case Verdict.USED_UP:
                    record = self._ledger.bury(request, record, _used_up(record))
                case Verdict.FREE:
                    record = self._ledger.claim(request)
                case Verdict.ABANDONED:
                    record = self._ledger.take_over(request, record)
                case verdict:
                    raise _refusal(verdict, record)
        raise Unavailable("The ledger's record changes faster than it can be claimed.")

    def _request(self, message: Received, job: Job, alone: bool) -> ClaimRequest:
        with self._unsure_lock:
            token = self._unsure.pop(message, None) or secrets.token_hex(_TOKEN_BYTES)
        place = self._log_place(job)
        return ClaimRequest(
            job=job,
            fingerprint=job.fingerprint(),
            message_id=message.message_id,
            generation=generation_in(message.attributes.get(GENERATION, "")),
            queued_at_ms=message.sent_at_ms,
            token=token,
            lease_until_ms=message.visible_until_ms,
            max_attempts=self._max_attempts,
            lost_limit=max(1, min(MAX_LOST_IN_COMPANY, self._max_attempts - 1)),
            alone=alone,
            log_group=place.group,
            stream=place.stream,
        )

    def _remember(self, message: Received, token: str) -> None:
        with self._unsure_lock:
            self._unsure[message] = token


def dead_letter(reason: str, generation: int) -> Reject:
    """The Reject of a job that the ledger calls dead; its generation lets a replay reopen it."""
    return Reject(reason, attributes={GENERATION: str(generation)})


def _refusal(verdict: Verdict, record: LedgerRecord) -> Exception:
    match verdict:
        case Verdict.SUCCEEDED:
            return Duplicate("The job has succeeded before.")
        case Verdict.OUTDATED:
            return Duplicate("The job died, and this message is not its newest dead letter.")
        case Verdict.LEASED:
            return Defer("Another worker has the job.", until_ms=record.lease_until_ms)
        case Verdict.SUSPECT:
            return MustRunAlone(f"Its workers vanished {record.lost_attempts + 1} times.")
        case Verdict.DIED_ON_THIS:
            return dead_letter(record.reason, record.generation)
        case _:
            return Reject(
                f"Job id {record.job_id} belongs to another job: its type or trigger differs from the first "
                "one's. Send it again with a jobId of its own."
            )


def _used_up(record: LedgerRecord) -> str:
    text = f"All {record.attempts} attempts are used up"
    if record.state is JobState.RETRYING:
        return f"{text}. The last one: {record.reason}"[:MAX_REASON_CHARS]
    text += "; the last one never reported back: its worker died."
    return (f"{text} Before that: {record.reason}" if record.reason else text)[:MAX_REASON_CHARS]
