"""What schemathesis loads: three of four tokens become the right one, else all answers would be 401."""

import os
from typing import Any

import schemathesis


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Called for each generated body."""
    if isinstance(body, dict) and isinstance(token := body.get("token"), str) and len(token) % 4:
        return body | {"token": os.environ["FUZZ_TOKEN"]}
    return body
