"""A job: the message on the background queue."""

import hashlib
from typing import Any

import msgspec

from job_contract.errors import ContractError
from job_contract.ids import normalize_job_id
from job_contract.trigger import check_job_type


class JobData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`original_trigger`: the trigger's body as it came. `main_job_result`: what main_job adds."""

    original_trigger: dict[str, Any]
    main_job_result: dict[str, Any] = {}


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One job. `timestamp` is ISO 8601 UTC: when its trigger was sent."""

    job_id: str
    job_type: str
    timestamp: str
    correlation_id: str
    data: JobData

    def encode(self) -> str:
        """The message body; the same job gives the same text.

        U+FFFE and U+FFFF are written as escapes: JSON may hold them, but SQS refuses a body that does, and a
        trigger that names them by an escape would never get through.
        """
        text = msgspec.json.encode(self, order="deterministic").decode()
        return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")

    def fingerprint(self) -> str:
        """A hash (hex) of what was asked for; equal when a producer or main_job sends the same job again.

        When it was sent is left out: a producer that retries with its own jobId sends at another time.
        """
        asked = [self.job_type, self.data.original_trigger]
        return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()

    def attributes(self) -> dict[str, str]:
        """The message attributes that travel with the body."""
        return {"jobType": self.job_type, "jobId": self.job_id}


# Not made at the first job: msgspec learns a type at its first use, and crashes when two threads come then.
_DECODER = msgspec.json.Decoder(Job)


def parse_job(body: str | bytes) -> Job:
    """The job in a message body; raises ContractError with one sentence when it is none."""
    try:
        job = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise ContractError(f"The job has the wrong shape: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError(f"The job is not JSON: {error}.") from None
    check_job_type(job.job_type)
    job_id = normalize_job_id(job.job_id)
    return job if job_id == job.job_id else msgspec.structs.replace(job, job_id=job_id)
