"""Which examples run on this machine."""

from collections.abc import Mapping

from deployment.errors import BadInput

from jobctl.examples import http_intake, service_fleet
from jobctl.examples.running import Example

EXAMPLES: Mapping[str, Example] = {
    "http_intake": http_intake.EXAMPLE,
    "service_fleet": service_fleet.EXAMPLE,
}


def find_example(name: str) -> Example:
    """The example; raises BadInput."""
    if name not in EXAMPLES:
        raise BadInput(f"There is no example {name!r}; it must be one of {', '.join(EXAMPLES)}.")
    return EXAMPLES[name]
