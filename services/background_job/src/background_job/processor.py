"""The life of a job: parse → claim → run → record. Each outcome is recorded before the message is touched."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from job_contract import REPLAYED_AT, REPLAYED_BY, ContractError, Job, parse_job
from queue_worker import Defer, Duplicate, LeaseLost, Reject, Retry
from queue_worker.settings import MAX_DURATION_LIMIT_SECONDS

from background_job.claiming import MAX_REASON_CHARS, Attempt, Claimer, MustRunAlone, dead_letter
from background_job.company import Company
from background_job.handlers import JobType
from background_job.job_log import JobLog, JobStreams
from background_job.ledger import Ledger
from background_job.persistence import Persistence
from background_job.received import Received
from background_job.results import Results, encode_result, result_key

log = logging.getLogger("background_job")
T = TypeVar("T")
_MAX_STACK_CHARS = 8_000


class UnknownJobTypeError(Exception):
    """No handler has this name here; a rolling deploy may be bringing it."""


class JobProcessor:
    """The handler that queue_worker runs: returning means that the job has succeeded."""

    def __init__(
        self,
        *,
        job_types: Mapping[str, JobType],
        claimer: Claimer,
        ledger: Ledger,
        results: Results,
        open_streams: Callable[[Job, bool], JobStreams],
        persistence: Persistence,
        max_duration_seconds: float,
    ) -> None:
        self.job_types = dict(job_types)
        self._claimer = claimer
        self._ledger = ledger
        self._results = results
        self._open_streams = open_streams
        self._persistence = persistence
        self._max_duration_seconds = max_duration_seconds
        self._company = Company()

    def __call__(self, message: Received) -> None:
        """Processes one message; raises what queue_worker knows: Retry, Reject, Defer, Duplicate, ..."""
        job = _job_in(message)
        message.limit_duration(MAX_DURATION_LIMIT_SECONDS)  # waiting is not work
        try:
            with self._company.together(lambda: message.draining):
                self._process(message, job, alone=False)
        except MustRunAlone as error:
            log.warning("job runs alone", extra=_facts(message, job) | {"reason": str(error)})
            with self._company.alone(lambda: message.draining):
                self._process(message, job, alone=True)

    def _process(self, message: Received, job: Job, *, alone: bool) -> None:
        attempt = self._claim(message, job, alone)
        self._hold(attempt)
        repeated = attempt.number > 1 or attempt.generation > 0
        streams = self._open_streams(job, repeated)
        job_log = streams.start()
        _say_who_replayed(message, job_log)
        started_at = time.monotonic()
        try:
            result = encode_result(self._run(attempt, job_log))
        except Reject as error:
            self._die(attempt, streams, job_log, _bounded(error.reason))
        # SystemExit too: in a worker thread it would end nothing but this job.
        except (Exception, SystemExit) as error:
            self._fail(attempt, streams, job_log, error)
        self._succeed(attempt, streams, job_log, result, int((time.monotonic() - started_at) * 1000))

    def _claim(self, message: Received, job: Job, alone: bool) -> Attempt:
        try:
            attempt = self._claimer.claim(message, job, alone=alone)
        except (Defer, Duplicate, Reject) as error:
            facts = _facts(message, job) | {"reason": error.reason}
            log.info(f"job {type(error).__name__.lower()}", extra=facts)
            raise
        log.info("job started", extra=_facts(message, job) | {"attempt": attempt.number})
        return attempt

    def _hold(self, attempt: Attempt) -> None:
        """Ties the lease to the message's visibility, and to the end of a drain."""
        job_id, token = attempt.job.job_id, attempt.token
        attempt.message.keep_alive(lambda until_ms: self._ledger.renew(job_id, token, until_ms))
        attempt.message.on_hand_back(lambda: self._ledger.release(job_id, token))

    def _run(self, attempt: Attempt, job_log: JobLog) -> Any:
        job_type = self.job_types.get(attempt.job.job_type)
        if job_type is None:
            known = ", ".join(sorted(self.job_types))
            raise UnknownJobTypeError(f"no handler for {attempt.job.job_type!r}; this release has {known}")
        attempt.message.limit_duration(min(job_type.max_duration_seconds, self._max_duration_seconds))
        return job_type.handle(attempt.job, job_log, attempt.number)

    def _succeed(
        self, attempt: Attempt, streams: JobStreams, job_log: JobLog, result: bytes | None, duration_ms: int
    ) -> None:
        """Result, then log lines, then the ledger: what the ledger calls done can be looked at."""
        address = ""
        if result is not None:
            key = result_key(attempt.job.job_id, attempt=attempt.number, generation=attempt.generation)
            address = self._persist(attempt, lambda: self._results.put(key, result))
        fields = {"durationMs": duration_ms, "attempt": attempt.number, "result": address}
        job_log.info("Background job completed", **fields)
        place = streams.end()
        self._record(
            attempt,
            lambda: self._ledger.complete(
                attempt.job.job_id, attempt.token, result=address, duration_ms=duration_ms, place=place
            ),
        )
        log.info("job succeeded", extra=_facts(attempt.message, attempt.job) | fields)

    def _fail(self, attempt: Attempt, streams: JobStreams, job_log: JobLog, error: BaseException) -> NoReturn:
        """Another attempt, or death when this was the last."""
        reason = _reason(error)
        fields = {"attempt": attempt.number, "maxAttempts": attempt.max_attempts, "reason": reason}
        job_log.error("Attempt failed", **fields, **_stack(error))
        if attempt.is_last:
            self._die(attempt, streams, job_log, reason)
        delay_seconds = error.delay_seconds if isinstance(error, Retry) else None
        place = streams.end()
        not_before_ms = 0 if delay_seconds is None else self._ledger.now_ms() + int(delay_seconds * 1000)
        self._record(
            attempt,
            lambda: self._ledger.retry(
                attempt.job.job_id, attempt.token, reason=reason, place=place, not_before_ms=not_before_ms
            ),
        )
        log.warning("job retried", extra=_facts(attempt.message, attempt.job) | fields)
        raise Retry(reason, attempt=attempt.number, delay_seconds=delay_seconds) from error

    def _die(self, attempt: Attempt, streams: JobStreams, job_log: JobLog, reason: str) -> NoReturn:
        """The ledger says dead before the message moves: a crash in between repeats only the moving."""
        job_log.error("Background job failed for good", attempt=attempt.number, reason=reason)
        place = streams.end()
        generation = self._record(
            attempt,
            lambda: self._ledger.die(
                attempt.job.job_id,
                attempt.token,
                reason=reason,
                message_id=attempt.message.message_id,
                place=place,
            ),
        )
        facts = _facts(attempt.message, attempt.job)
        log.error("job dead", extra=facts | {"reason": reason, "generation": generation})
        raise dead_letter(reason, generation)

    def _record(self, attempt: Attempt, write: Callable[[], T]) -> T:
        try:
            return self._persist(attempt, write)
        except LeaseLost as error:
            log.warning(
                "lease lost, outcome discarded",
                extra=_facts(attempt.message, attempt.job) | {"reason": error.reason},
            )
            raise

    def _persist(self, attempt: Attempt, write: Callable[[], T]) -> T:
        return self._persistence.keep_trying(
            write,
            draining=lambda: attempt.message.draining,
            facts=_facts(attempt.message, attempt.job),
        )


def _job_in(message: Received) -> Job:
    try:
        return parse_job(message.body)
    except ContractError as error:
        reason = str(error)
    log.error("job rejected", extra={"messageId": message.message_id, "reason": reason})
    raise Reject(reason)


def _say_who_replayed(message: Received, job_log: JobLog) -> None:
    """The job's own stream shall tell who sent its dead letter back."""
    if by := message.attributes.get(REPLAYED_BY):
        at = message.attributes.get(REPLAYED_AT, "")
        job_log.info("Replayed from the dead-letter queue", replayedBy=by, replayedAt=at)


def _facts(message: Received, job: Job) -> dict[str, Any]:
    return {
        "jobId": job.job_id,
        "jobType": job.job_type,
        "messageId": message.message_id,
        "correlationId": job.correlation_id,
    }


def _reason(error: BaseException) -> str:
    return _bounded(error.reason if isinstance(error, Retry) else f"{type(error).__name__}: {error}")


def _bounded(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON_CHARS else reason[: MAX_REASON_CHARS - 3] + "..."


def _stack(error: BaseException) -> dict[str, str]:
    """Where an unforeseen error came from; a Retry or an unknown type was foreseen."""
    if isinstance(error, Retry | UnknownJobTypeError):
        return {}
    return {"stack": "".join(traceback.format_exception(error))[-_MAX_STACK_CHARS:]}
