"""Adds up: what a set of resources costs at rest, and what a plan changes of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.cost.prices import Prices
from pipeline.cost.resources import Resource, planned_resources, prior_resources
from pipeline.cost.rules import FREE_AT_REST, PRICED


@dataclass(frozen=True)
class Line:
    """What one resource costs a month, by one price."""

    address: str
    price: str
    quantity: float
    what: str
    usd: float


@dataclass(frozen=True)
class Estimate:
    """`unpriced` has the addresses of which nobody here knows what they cost: they are not in the total."""

    lines: tuple[Line, ...]
    unpriced: tuple[str, ...]

    @property
    def total_usd(self) -> float:
        """Dollars a month."""
        return sum(line.usd for line in self.lines)

    def by_price(self) -> dict[str, float]:
        """Price → dollars a month, e.g. `nat_gateway_hour`; only what costs anything."""
        sums: dict[str, float] = {}
        for line in self.lines:
            if line.usd:
                sums[line.price] = sums.get(line.price, 0.0) + line.usd
        return sums


@dataclass(frozen=True)
class Comparison:
    """The cost at rest before and after a plan."""

    before: Estimate
    after: Estimate

    def lines(self) -> list[tuple[str, float, float]]:
        """Address, before, after: of each resource whose cost changes."""
        before, after = (_by_address(estimate) for estimate in (self.before, self.after))
        pairs = [(address, before.get(address, 0.0), after.get(address, 0.0)) for address in before | after]
        return sorted(line for line in pairs if round(line[2] - line[1], 4))

    def text(self) -> str:
        """For people: each resource whose cost changes, then the sums."""
        lines = [f"{address}: {before:.2f} -> {after:.2f}" for address, before, after in self.lines()]
        lines += [f"{address}: not known" for address in self.after.unpriced]
        was, will = self.before.total_usd, self.after.total_usd
        lines.append(f"At rest: {was:.2f} -> {will:.2f} US dollars a month ({will - was:+.2f})")
        return "\n".join(lines) + "\n"


def compare(plan: object, prices: Prices) -> Comparison:
    """Before and after a plan (the JSON of `terraform show -json`). Raises CostError when it is no plan."""
    return Comparison(estimate(prior_resources(plan), prices), estimate(planned_resources(plan), prices))


def estimate(resources: Sequence[Resource], prices: Prices) -> Estimate:
    """The cost at rest of these resources together."""
    lines: list[Line] = []
    unpriced: list[str] = []
    used: Counter[str] = Counter()
    for resource in resources:
        rule = PRICED.get(resource.type)
        if rule is None:
            unpriced += [] if resource.type in FREE_AT_REST else [resource.address]
            continue
        for item in rule(resource, resources, prices):
            price = prices[item.price]
            paid = max(0.0, item.quantity - max(0, price.free - used[item.price]))
            used[item.price] += int(item.quantity)
            lines.append(Line(resource.address, item.price, item.quantity, item.what, paid * price.usd))
    return Estimate(tuple(lines), tuple(unpriced))


def _by_address(estimate: Estimate) -> dict[str, float]:
    sums: dict[str, float] = {}
    for line in estimate.lines:
        sums[line.address] = sums.get(line.address, 0.0) + line.usd
    return sums
