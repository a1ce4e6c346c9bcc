"""`examples/service_fleet` on this machine: nine times the placeholder, each at its own port."""

from pathlib import Path

import requests
from deployment.errors import ToolError
from deployment.target import Target

from jobctl.examples.running import Example, Running
from jobctl.stack.layout import Layout

# As in the example's services.tf.
SERVICES = (
    "gateway",
    "order",
    "customer",
    "inventory",
    "returns",
    "chatbot",
    "notification",
    "analytics",
    "salesforce",
)
TIMEOUT_SECONDS = 60.0
_PREFIX = "customer-order-portal-dev"


def _prepare(_target: Target) -> None:
    """Nothing is made by hand."""


def _usage(running: Running) -> list[str]:
    """What each service says of itself; raises ToolError."""
    lines = []
    for service in SERVICES:
        address = running.addresses[f"{_PREFIX}-{service}"]
        answer = requests.get(f"{address}/health", timeout=TIMEOUT_SECONDS)
        if not answer.ok:
            raise ToolError(f"{address}/health answered {answer.status_code}.")
        lines.append(f"{service:<12} {address}/health  {answer.text}")
    return lines


EXAMPLE = Example(
    layout=Layout(
        roots={"service_fleet": Path("examples/service_fleet/infra")},
        main_root="service_fleet",
        cluster=f"{_PREFIX}-cluster",
        services=tuple(f"{_PREFIX}-{service}" for service in SERVICES),
        images={
            f"customer-portal/{service}": Path("examples/service_fleet/placeholder") for service in SERVICES
        },
    ),
    state_key="examples/service-fleet/dev.tfstate",
    prepare=_prepare,
    usage=_usage,
)
