"""What a request's signature says about it: who signed, and for which service and region."""

from typing import Any


def access_key(environ: dict[str, Any]) -> str:
    """The access key id that signed; empty for an unsigned request."""
    return _scope(environ)[0]


def region(environ: dict[str, Any]) -> str:
    """The region that the request is signed for; empty for an unsigned request."""
    return _scope(environ)[1]


def service(environ: dict[str, Any]) -> str:
    """The service that the request is signed for, such as `sqs`; empty for an unsigned request."""
    return _scope(environ)[2]


def _scope(environ: dict[str, Any]) -> tuple[str, str, str]:
    """From `Credential=KEY/DATE/REGION/SERVICE/aws4_request`."""
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    parts = header.partition("Credential=")[2].partition(",")[0].split("/")
    return (parts[0], parts[2], parts[3]) if len(parts) > 3 else ("", "", "")  # noqa: PLR2004
