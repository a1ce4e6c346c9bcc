"""What a plan costs a month at rest: with no message to process, all services at their fewest tasks."""

from pipeline.cost.errors import CostError
from pipeline.cost.estimate import Comparison, Estimate, Line, compare, estimate
from pipeline.cost.prices import Prices, load_prices
from pipeline.cost.resources import Resource

__all__ = [
    "Comparison",
    "CostError",
    "Estimate",
    "Line",
    "Prices",
    "Resource",
    "compare",
    "estimate",
    "load_prices",
]
