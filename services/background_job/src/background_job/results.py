"""Results: one S3 object per successful attempt; the ledger names the one that counts."""

from typing import TYPE_CHECKING, Any

import msgspec

from background_job.aws import AwayAsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def encode_result(result: Any) -> bytes | None:
    """What a handler returned as JSON, or None for None; raises TypeError when JSON cannot hold it."""
    return None if result is None else msgspec.json.encode(result)


def result_key(job_id: str, *, attempt: int, generation: int) -> str:
    """`<jobId>/<attempt>`, and `<jobId>/<generation>.<attempt>` after a replay.

    A replay counts attempts anew, and a worker that was paused since before the job died may still wake up
    and write: it must not hit the object that the ledger names by then.
    """
    return f"{job_id}/{generation}.{attempt}" if generation else f"{job_id}/{attempt}"


class Results:
    """Writes results to one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> str:
        """Stores the result and returns its address `s3://bucket/key`; raises Unavailable."""
        with AwayAsUnavailable("The results bucket"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        return f"s3://{self._bucket}/{key}"
