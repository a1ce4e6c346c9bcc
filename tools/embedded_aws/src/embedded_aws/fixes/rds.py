"""RDS: parameters of a group.

What moto gets wrong: it does not say who set a parameter. Terraform knows only those that a user has set, and
each plan would set them all again.
"""

import functools
from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBParameterGroup


def apply() -> None:
    """Say that what was modified was modified by a user: of parameters that nobody touched moto has none."""
    stock = DBParameterGroup.update_parameters

    @functools.wraps(stock)
    def update_parameters(self: Any, new_parameters: Iterable[dict[str, Any]]) -> None:
        stock(self, [{**parameter, "Source": "user"} for parameter in new_parameters])

    DBParameterGroup.update_parameters = update_parameters
