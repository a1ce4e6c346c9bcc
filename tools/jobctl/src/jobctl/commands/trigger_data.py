"""The `--data` of commands that send triggers."""

import json
import sys
from pathlib import Path
from typing import Any

from deployment.errors import BadInput


def read_data(given: str | None) -> Any:
    """What JSON, @FILE or - (stdin) holds, None where nothing was given; raises BadInput."""
    if given is None:
        return None
    try:
        if given == "-":
            text = sys.stdin.read()
        else:
            text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
        return json.loads(text)
    except OSError as error:
        raise BadInput(f"--data {given}: the file cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise BadInput(f"--data is not JSON: {error}.") from None
