"""Condition blocks of policy statements, as the IAM user guide defines them.

A key that the request does not have makes a condition false, unless it is negated (`StringNotEquals`) or
ends in `IfExists`. An operator that is not known here raises, rather than letting a policy seem to work.
"""

import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

Context = dict[str, list[str]]
Check = Callable[[str, str], bool]  # (the request's value, the policy's value)


def conditions_hold(block: dict[str, dict[str, Any]], context: Context) -> bool:
    """True when every condition of the block holds. Keys of `context` are lower case."""
    return all(
        _holds(name, key, wanted if isinstance(wanted, list) else [wanted], context)
        for name, keys in block.items()
        for key, wanted in keys.items()
    )


def matches(pattern: str, value: str) -> bool:
    """`*` stands for any characters, `?` for one."""
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part)
        for part in re.split(r"([*?])", pattern)
    )
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _holds(name: str, key: str, wanted: list[Any], context: Context) -> bool:
    quantifier, _, bare = name.rpartition(":")
    given = context.get(key.lower())
    expected = [str(one).lower() if isinstance(one, bool) else str(one) for one in wanted]
    if bare == "Null":
        return (given is None) == (expected[0] == "true")
    optional = bare.endswith("IfExists")
    check, negated = _operator(bare.removesuffix("IfExists"))
    if given is None:
        return optional or negated or quantifier == "ForAllValues"

    def one_holds(value: str) -> bool:
        return any(check(value, one) for one in expected) is not negated

    return all(map(one_holds, given)) if quantifier != "ForAnyValue" else any(map(one_holds, given))


def _operator(name: str) -> tuple[Check, bool]:
    """The check, and whether its result is to be negated."""
    if name in _CHECKS:
        return _CHECKS[name], False
    positive = name.replace("Not", "", 1)
    if "Not" in name and positive in _CHECKS:
        return _CHECKS[positive], True
    raise NotImplementedError(f"the condition operator {name} is not supported")


def _numbers(compare: Callable[[float, float], bool]) -> Check:
    return lambda value, wanted: compare(float(value), float(wanted))


def _dates(compare: Callable[[datetime, datetime], bool]) -> Check:
    return lambda value, wanted: compare(datetime.fromisoformat(value), datetime.fromisoformat(wanted))


def _in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_CHECKS: dict[str, Check] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: matches(wanted, value),
    "ArnEquals": lambda value, wanted: matches(wanted, value),
    "ArnLike": lambda value, wanted: matches(wanted, value),
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _in_network,
    **{f"Numeric{name}": _numbers(compare) for name, compare in _ORDER.items()},
    **{f"Date{name}": _dates(compare) for name, compare in _ORDER.items()},
}
