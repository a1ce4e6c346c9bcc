"""Which images a plan deploys: those that a person names, else those that run already."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployment.errors import BadInput, ToolError
from deployment.outputs import read_state

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVICES = ("main_job", "background_job")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ALLOWED = (
    'a JSON object such as {"main_job": "sha256:<64 hexadecimal digits>", '
    '"background_job": "sha256:<64 hexadecimal digits>"}'
)


@dataclass(frozen=True)
class Release:
    """Service → digest; None is the placeholder of the root's own default. `why` goes into a notice."""

    digests: dict[str, str] | None
    why: str


def given_release(text: str) -> Release:
    """What a person typed; raises BadInput."""
    try:
        digests = json.loads(text)
    except ValueError:
        digests = None
    if not isinstance(digests, dict) or set(digests) != set(SERVICES):
        raise BadInput(f"IMAGE_DIGESTS is {text!r}; it must be {_ALLOWED}.")
    for service, digest in digests.items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise BadInput(f"IMAGE_DIGESTS has {digest!r} for {service}; it must be {_ALLOWED}.")
    return Release(digests, "as given")


def deployed_release(s3: "S3Client", bucket: str, environment: str) -> Release:
    """What the environment's state says is deployed; the placeholder where nothing is yet.

    Raises ToolError when things exist and nobody knows which images they run: a plan with the placeholder
    would take the running ones away.
    """
    state = read_state(s3, bucket, environment)
    if state is None or not (state.get("resources") or state.get("outputs")):
        return Release(None, "none is deployed yet: a placeholder, which can be applied but starts no task")
    digests = state.get("outputs", {}).get("image_digests", {}).get("value")
    if not digests:
        raise ToolError(
            f"The state of {environment} does not say which images are deployed; "
            f"give IMAGE_DIGESTS, {_ALLOWED}."
        )
    return Release(digests, "as deployed")
