"""Which commit a root runs, or is being moved to: `<root>/release.json` beside its state.

Each change of the object is conditional on what was read before, so of two deploys that race one is refused.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from deployment.aws_errors import error_code
from deployment.errors import ToolError

from pipeline.release import Release

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORMAT = 1
# 412: the object is not what was read; 409: somebody is writing it; 404: it is gone.
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409", "404"}


class Phase(StrEnum):
    """deploying: begun, and not known to work. deployed: applied, steady, and a job succeeded."""

    DEPLOYING = "deploying"
    DEPLOYED = "deployed"


@dataclass(frozen=True)
class Deployed:
    """What the object says; `at` is ISO 8601 UTC, `digests` are by service."""

    commit: str
    tree: str
    digests: dict[str, str]
    phase: Phase
    at: str

    def text(self) -> str:
        """The object's content."""
        content = {"format": FORMAT, **self.__dict__}
        return json.dumps(content, indent=2) + "\n"


class DeployedRelease:
    """The object of one root. `read()` first; then `begin` and `finish`, each refused when it has changed."""

    def __init__(self, s3: "S3Client", bucket: str, root: str) -> None:
        self._s3, self._bucket, self._root = s3, bucket, root
        self.key = f"{root}/release.json"
        self._etag: str | None = None
        self._begun: Deployed | None = None

    def read(self) -> Deployed | None:
        """What is written down; None where nothing is yet."""
        # Listed first: to who may not list the bucket, S3 reports a missing object as a refusal.
        listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self.key)
        if not any(found["Key"] == self.key for found in listed.get("Contents", [])):
            self._etag = None
            return None
        answer = self._s3.get_object(Bucket=self._bucket, Key=self.key)
        self._etag = answer["ETag"]
        return _read(answer["Body"].read(), f"s3://{self._bucket}/{self.key}")

    def begin(self, release: Release, now: float | None = None) -> None:
        """Writes down that it is being deployed; raises ToolError when another deploy was quicker."""
        digests = {service: image.digest for service, image in release.images.items() if image.digest}
        begun = Deployed(release.commit, release.tree, digests, Phase.DEPLOYING, _utc(now))
        self._write(begun)
        self._begun = begun

    def finish(self, now: float | None = None) -> None:
        """Writes down that what was begun is deployed."""
        if self._begun is None:
            raise ValueError("nothing was begun")
        self._write(replace(self._begun, phase=Phase.DEPLOYED, at=_utc(now)))

    def _write(self, content: Deployed) -> None:
        condition: dict[str, Any] = {"IfMatch": self._etag} if self._etag else {"IfNoneMatch": "*"}
        try:
            answer = self._s3.put_object(
                Bucket=self._bucket,
                Key=self.key,
                Body=content.text().encode(),
                ContentType="application/json",
                **condition,
            )
        except ClientError as error:
            if error_code(error) not in _CHANGED:
                raise
            other = self.read()
            # A repetition of ours, when the answer of the first one was lost.
            if other != content:
                raise ToolError(self._overtaken(other)) from None
        else:
            self._etag = answer["ETag"]

    def _overtaken(self, other: Deployed | None) -> str:
        by = f"of commit {other.commit[:12]} since {other.at}" if other else "that took its record away"
        return (
            f"There is another deploy of {self._root} {by}; this one stops here. "
            "Start it again when that one has ended."
        )


def _read(body: bytes, place: str) -> Deployed:
    try:
        content = json.loads(body)
        fields = {name: content[name] for name in Deployed.__dataclass_fields__}
        return Deployed(**{**fields, "phase": Phase(fields["phase"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ToolError(
            f"{place} does not say which commit is deployed; "
            "have a look, and take it away if it is not one of ours."
        ) from None


def _utc(now: float | None) -> str:
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
