"""What the roots cost at rest: documents say what the calculator says, and nothing is left out of a sum."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from first_plans import ROOTS, Plan
from pipeline.cost import Estimate, compare, load_prices

INFRA = Path(__file__).resolve().parents[2] / "infra"
PRICES = load_prices()
MODULES = sorted(path.parent for path in (INFRA / "modules").glob("*/main.tf"))
# Row of the table in infra/README.md → the prices in it.
ROWS = {
    "tasks on demand": ("fargate_vcpu_hour", "fargate_gb_hour"),
    "tasks on Spot": ("fargate_spot_vcpu_hour", "fargate_spot_gb_hour"),
    "public IPv4 addresses": ("public_ipv4_hour",),
    "NAT gateways": ("nat_gateway_hour",),
    "Container Insights": ("metric_month",),
    "alarms": ("alarm_metric_month", "composite_alarm_month"),
    "keys": ("kms_key_month",),
    "empty polls": ("sqs_request",),
}
Plans = Mapping[str, Plan]


@pytest.fixture(scope="module")
def costs(plans: Plans) -> dict[str, Estimate]:
    """Root → its cost once it is applied."""
    return {root: compare(plans[root], PRICES).after for root in ROOTS}


def test_the_table_of_the_readme_is_what_the_calculator_says(costs: dict[str, Estimate]) -> None:
    """When this fails after a change on purpose: the new table is in the message."""
    written = re.search(r"<!-- costs.*?-->\n(.*?)<!-- end of costs -->", _readme(INFRA), re.DOTALL)

    assert written is not None
    assert written[1] == _table(costs)


def test_every_resource_of_every_root_has_a_price_or_is_known_to_be_free(costs: dict[str, Estimate]) -> None:
    assert {root: cost.unpriced for root, cost in costs.items() if cost.unpriced} == {}


def test_dev_at_rest_costs_a_fifth_of_prod_at_most(costs: dict[str, Estimate]) -> None:
    assert costs["dev"].total_usd * 5 <= costs["prod"].total_usd
    assert costs["staging"].total_usd < costs["prod"].total_usd / 2


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_says_what_it_costs_at_rest_by_the_price_list(module: Path) -> None:
    section = re.search(
        r"^## Cost at rest(?:, a month)?\n(.*?)^## ", _readme(module), re.MULTILINE | re.DOTALL
    )
    assert section is not None, "no section Cost at rest"

    sums = re.findall(
        r"(\d[\d,.]*)(?: [a-zA-Z]+){0,2} x \$([\d.]*\d)(?: = \$([\d.]*\d))?", section[1].replace("\n", " ")
    )

    assert sums or re.search(r"^(Nothing|What its modules cost)", section[1].strip())
    for quantity, price, result in sums:
        assert float(price) in {known.usd for known in PRICES.prices.values()}, price
        assert result, f"{quantity} x ${price} is not worked out"
        assert round(float(quantity.replace(",", "")) * float(price), 2) == float(result)


def _table(costs: dict[str, Estimate]) -> str:
    lines = ["| | " + " | ".join(ROOTS) + " |", "|---|" + "--:|" * len(ROOTS)]
    by_price = {root: cost.by_price() for root, cost in costs.items()}
    for label, prices in ROWS.items():
        sums = [sum(by_price[root].pop(price, 0.0) for price in prices) for root in ROOTS]
        lines.append(f"| {label} | " + " | ".join(f"{usd:.2f}" if usd else "" for usd in sums) + " |")
    assert not any(by_price.values()), f"not in any row: {by_price}"
    totals = [f"**{costs[root].total_usd:.2f}**" for root in ROOTS]
    lines.append("| **together** | " + " | ".join(totals) + " |")
    return "\n".join(lines) + "\n"


def _readme(folder: Path) -> str:
    return (folder / "README.md").read_text()
