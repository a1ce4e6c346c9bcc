"""The ledger: the DynamoDB table that decides, by conditional writes, whose attempt a job's outcome is.

Every write may be repeated: when its answer was lost, the repetition finds its own attempt token and says so.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from job_contract import JobState, LedgerRecord
from queue_worker import LeaseLost, Unavailable

from background_job.claims import ClaimRequest
from background_job.table import Table, Written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MINE_AND_RUNNING = "#attemptToken = :attemptToken AND #state = :running"
_FREE = (
    "attribute_not_exists(#jobId) OR (#fingerprint = :fingerprint "
    "AND #state = :retrying AND #leaseUntilMs <= :now AND #attempts < :maxAttempts "
    "AND (:alone = :one OR #lostAttempts < :lostLimit) "
    "AND #attemptToken <> :attemptToken)"  # a repetition of ours is no further attempt
)
_FIRST_TIME = {
    "attempts": "if_not_exists(#attempts, :zero) + :one",
    "lostAttempts": "if_not_exists(#lostAttempts, :zero)",
    "generation": "if_not_exists(#generation, :generation)",
    "firstStartedAtMs": "if_not_exists(#firstStartedAtMs, :now)",
    "queuedAtMs": "if_not_exists(#queuedAtMs, :queued)",
}
_UNCHANGED = (
    "#attemptToken = :seenToken AND #state = :seenState AND #leaseUntilMs = :seenLease "
    "AND #attempts = :seenAttempts"
)
_MAX_CORRELATION_CHARS = 2048  # the whole item may hold 400 KB
_RENEW_PAUSE_SECONDS = 5.0


class LogPlace(NamedTuple):
    """Where an attempt's lines went; `shared_stream` is empty unless they went there instead of `stream`."""

    group: str
    stream: str
    shared_stream: str = ""

    def record_fields(self) -> dict[str, str]:
        """As the record names them; a shared stream of an earlier attempt stays known."""
        fields = {"logGroup": self.group, "stream": self.stream}
        return fields | ({"sharedStream": self.shared_stream} if self.shared_stream else {})


class Ledger:
    """Conditional writes. Each raises Unavailable while DynamoDB is away.

    `renew_client` should give up quickly: heartbeats of other jobs wait behind it.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention_seconds: int,
        renew_client: "DynamoDBClient | None" = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._table = Table(client, table)
        self._renew_table = Table(renew_client or client, table)
        self._retention_seconds = retention_seconds
        self._renew_again_at = 0.0
        self.now_ms = now_ms

    def claim(self, request: ClaimRequest) -> LedgerRecord:
        """Claims the job when it is new, or between attempts; returns the record, ours or not."""
        now_ms = self.now_ms()
        return self._table.update(
            request.job.job_id,
            sets=self._attempt_fields(request, now_ms),
            formulas=_FIRST_TIME,
            condition=_FREE,
            values={
                "now": now_ms,
                "maxAttempts": request.max_attempts,
                "lostLimit": request.lost_limit,
                "alone": int(request.alone),
                "generation": request.generation,
                "queued": request.queued_at_ms,
            },
        ).record

    def take_over(self, request: ClaimRequest, seen: LedgerRecord) -> LedgerRecord:
        """Claims a job whose worker never reported back; returns the record, ours or not."""
        return self._table.update(
            request.job.job_id,
            sets=self._attempt_fields(request, self.now_ms()),
            formulas={"attempts": "#attempts + :one", "lostAttempts": "#lostAttempts + :one"},
            condition=_UNCHANGED,
            values=_seen(seen),
        ).record

    def reopen(self, request: ClaimRequest, dead: LedgerRecord) -> LedgerRecord:
        """Claims a dead job for its replayed message, attempts anew; returns the record, ours or not."""
        return self._table.update(
            request.job.job_id,
            sets=self._attempt_fields(request, self.now_ms())
            | {
                "attempts": 1,
                "lostAttempts": 0,
                "generation": request.generation,
                "deadMessageId": "",
                "reason": "",
            },
            condition="#state = :dead AND #generation = :diedAs",
            values={"diedAs": dead.generation},
        ).record

    def bury(self, request: ClaimRequest, seen: LedgerRecord, reason: str) -> LedgerRecord:
        """Declares a job dead whose attempts were used up by workers that never reported back.

        Returns the record; unchanged by us when anything moved since `seen`.
        """
        return self._table.update(
            request.job.job_id,
            sets=self._death_fields(reason, request.message_id),
            formulas={"generation": "#generation + :one"},
            condition=_UNCHANGED,
            values=_seen(seen),
        ).record

    def renew(self, job_id: str, token: str, lease_until_ms: int) -> None:
        """Extends the lease; raises LeaseLost when another attempt has the job."""
        if time.monotonic() < self._renew_again_at:
            raise Unavailable("The ledger did not answer a moment ago.")
        try:
            written = self._renew_table.update(
                job_id,
                sets={"leaseUntilMs": lease_until_ms},
                condition=_MINE_AND_RUNNING,
                values={"attemptToken": token},
            )
        except Unavailable:
            self._renew_again_at = time.monotonic() + _RENEW_PAUSE_SECONDS
            raise
        # With our token in another state the outcome is being recorded right now: nothing is lost.
        if not written.done and written.record.attempt_token != token:
            raise _lease_lost(written.record)

    def complete(self, job_id: str, token: str, *, result: str, duration_ms: int, place: LogPlace) -> None:
        """Names this attempt the winner; raises LeaseLost when it is not ours to say."""
        self._finish(
            job_id,
            token,
            JobState.SUCCEEDED,
            sets={
                "result": result,
                "durationMs": duration_ms,
                "finishedAtMs": self.now_ms(),
                "leaseUntilMs": 0,
                "reason": "",
                **place.record_fields(),
            },
        )

    def retry(self, job_id: str, token: str, *, reason: str, place: LogPlace, not_before_ms: int = 0) -> None:
        """Gives the lease back after a failed attempt; `not_before_ms` holds the next one off."""
        sets: dict[str, str | int] = {
            "reason": reason,
            "leaseUntilMs": not_before_ms,
            **place.record_fields(),
        }
        self._finish(job_id, token, JobState.RETRYING, sets=sets)

    def die(self, job_id: str, token: str, *, reason: str, message_id: str, place: LogPlace) -> int:
        """Declares the job dead; returns its generation, which the dead letter must carry."""
        written = self._finish(
            job_id,
            token,
            JobState.DEAD,
            sets={**self._death_fields(reason, message_id), **place.record_fields()},
            formulas={"generation": "#generation + :one"},
        )
        return written.record.generation

    def release(self, job_id: str, token: str) -> None:
        """Gives the lease back while the handler is cut off by a drain; the attempt stays counted."""
        self._table.update(
            job_id,
            sets={"state": "retrying", "leaseUntilMs": 0, "reason": "Handed back when its worker stopped."},
            condition=_MINE_AND_RUNNING,
            values={"attemptToken": token},
        )

    def _finish(
        self,
        job_id: str,
        token: str,
        state: JobState,
        *,
        sets: Mapping[str, str | int],
        formulas: Mapping[str, str] | None = None,
    ) -> Written:
        written = self._table.update(
            job_id,
            sets={"expiresAt": self._expires_at(), **sets, "state": str(state)},
            formulas=formulas,
            condition=_MINE_AND_RUNNING,
            values={"attemptToken": token},
        )
        if not written.done:
            record = written.record
            if record.attempt_token != token or record.state is not state:
                raise _lease_lost(record)
        return written

    def _attempt_fields(self, request: ClaimRequest, now_ms: int) -> dict[str, str | int]:
        return {
            "state": "running",
            "jobType": request.job.job_type,
            "fingerprint": request.fingerprint,
            "correlationId": request.job.correlation_id[:_MAX_CORRELATION_CHARS],
            "attemptToken": request.token,
            "leaseUntilMs": request.lease_until_ms,
            "startedAtMs": now_ms,
            "logGroup": request.log_group,
            "stream": request.stream,
            "expiresAt": self._expires_at(),
        }

    def _death_fields(self, reason: str, message_id: str) -> dict[str, str | int]:
        return {
            "state": "dead",
            "reason": reason,
            "deadMessageId": message_id,
            "finishedAtMs": self.now_ms(),
            "leaseUntilMs": 0,
            "expiresAt": self._expires_at(),
        }

    def _expires_at(self) -> int:
        return self.now_ms() // 1000 + self._retention_seconds


def _seen(record: LedgerRecord) -> dict[str, str | int]:
    """The values of `_UNCHANGED`."""
    return {
        "seenToken": record.attempt_token,
        "seenState": str(record.state),
        "seenLease": record.lease_until_ms,
        "seenAttempts": record.attempts,
    }


def _lease_lost(record: LedgerRecord) -> LeaseLost:
    return LeaseLost(f"The job is {record.state} by another attempt (number {record.attempts}).")
