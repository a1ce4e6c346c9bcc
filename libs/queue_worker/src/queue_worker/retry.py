"""Delays that grow and jitter, so that what failed together does not come back together."""

import random
from collections.abc import Callable


def backoff_seconds(
    attempt: int,
    *,
    base_seconds: float,
    cap_seconds: float,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float:
    """A delay before attempt `attempt + 1`: between half and all of base * 2^(attempt-1), at most the cap."""
    exponent = min(max(attempt, 1) - 1, 32)
    whole = min(cap_seconds, base_seconds * 2**exponent)
    return uniform(whole / 2, whole)
