"""What an example is made of, and what is known of one that runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deployment.target import Target

from jobctl.stack.layout import Layout


@dataclass(frozen=True)
class Running:
    """An example that is up: `addresses` of its services by name, `outputs` of its root."""

    target: Target
    addresses: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Example:
    """`prepare` makes what people make by hand elsewhere; `usage` tries it out and tells what to do next."""

    layout: Layout
    state_key: str
    prepare: Callable[[Target], None]
    usage: Callable[[Running], list[str]]
