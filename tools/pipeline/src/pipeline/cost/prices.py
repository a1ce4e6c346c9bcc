"""The price list, `prices.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pipeline.cost.errors import CostError


@dataclass(frozen=True)
class Price:
    """US dollars for one unit, the last word of the name; the first `free` units cost nothing."""

    name: str
    usd: float
    source: str
    confirmed: str
    free: int = 0


@dataclass(frozen=True)
class Prices:
    """All prices of one region, as collected in one month."""

    region: str
    collected: str
    hours_per_month: int
    prices: dict[str, Price]
    metrics: dict[str, int]

    def __getitem__(self, name: str) -> Price:
        """The price of that name; raises CostError when the list has none."""
        try:
            return self.prices[name]
        except KeyError:
            raise CostError(f"prices.toml has no price {name}; add it with its source.") from None


def load_prices() -> Prices:
    """The list that comes with this package."""
    raw: dict[str, Any] = tomllib.loads(files("pipeline.cost").joinpath("prices.toml").read_text())
    return Prices(
        region=raw["region"],
        collected=raw["collected"],
        hours_per_month=raw["hours_per_month"],
        prices={name: Price(name=name, **entry) for name, entry in raw["price"].items()},
        metrics={name: entry["metrics"] for name, entry in raw["count"].items()},
    )
