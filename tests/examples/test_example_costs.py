"""What the examples cost at rest: READMEs say what the calculator says, and nothing is left out of a sum."""

from collections.abc import Mapping

import pytest
from example_readmes import readme, section
from first_plans import EXAMPLES, Plan
from pipeline.cost import Estimate, compare, load_prices

PRICES = load_prices()
# Row of the table → the prices in it.
ROWS = {
    "tasks on demand": ("fargate_vcpu_hour", "fargate_gb_hour"),
    "tasks on Spot": ("fargate_spot_vcpu_hour", "fargate_spot_gb_hour"),
    "NAT gateways": ("nat_gateway_hour",),
    "database": ("db_t4g_micro_hour", "db_storage_gb_month"),
    "load balancer": ("load_balancer_hour",),
    "public IPv4 addresses": ("public_ipv4_hour",),
    "Container Insights": ("metric_month",),
    "alarms, also those of scaling": ("alarm_metric_month", "composite_alarm_month"),
    "keys": ("kms_key_month",),
    "secrets": ("secret_month",),
    "hosted zone of Cloud Map": ("hosted_zone_month",),
    "empty polls": ("sqs_request",),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_table_of_costs_is_what_the_calculator_says(example: str, plans: Mapping[str, Plan]) -> None:
    """When this fails after a change on purpose: the new table is in the message."""
    assert section(example, "costs") == _table(compare(plans[example], PRICES).after)


@pytest.mark.parametrize("example", EXAMPLES)
def test_everything_has_a_price_or_is_known_to_be_free(example: str, plans: Mapping[str, Plan]) -> None:
    assert compare(plans[example], PRICES).after.unpriced == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_region_and_the_month_of_the_prices_are_told(example: str) -> None:
    assert (PRICES.region, PRICES.collected) == ("us-east-1", "2026-11")
    assert "Prices of us-east-1, November 2026" in readme(example)


def _table(costs: Estimate) -> list[str]:
    by_price = costs.by_price()
    lines = ["| at rest | $ a month |", "|---|--:|"]
    for label, prices in ROWS.items():
        usd = sum(by_price.pop(price, 0.0) for price in prices)
        if usd:
            lines.append(f"| {label} | {usd:.2f} |")
    assert not by_price, f"not in any row: {by_price}"
    return [*lines, f"| **together** | **{costs.total_usd:.2f}** |"]
