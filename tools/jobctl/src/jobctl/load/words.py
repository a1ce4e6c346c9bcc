"""Figures as people read them."""

_MS_A_SECOND, _MS_A_MINUTE = 1000, 60_000
_TEN_SECONDS_MS = 10_000
_SMALL = 10
_HUNDRED = 100
_TENTH_OF_A_MILL = 0.0001
_UNITS = ((3_600_000, "h"), (60_000, "min"), (1000, "s"))


def duration(ms: float) -> str:
    """`850 ms`, `2.41 s`, `38.2 s`, `4 min 12 s`."""
    if ms < _MS_A_SECOND:
        return f"{ms:.0f} ms"
    if ms < _TEN_SECONDS_MS:
        return f"{ms / _MS_A_SECOND:.2f} s"
    if ms < _MS_A_MINUTE:
        return f"{ms / _MS_A_SECOND:.1f} s"
    minutes, rest = divmod(round(ms / _MS_A_SECOND), 60)
    return f"{minutes} min {rest} s"


def short(ms: int) -> str:
    """The bound of a bin, for a narrow label: `500 ms`, `20 s`, `3.3 min`."""
    for unit_ms, unit in _UNITS:
        if ms >= 2 * unit_ms or ms == unit_ms:
            return f"{ms / unit_ms:.2g} {unit}"
    return f"{ms} ms"


def number(value: float) -> str:
    """`12,345`, `9.84`, `120.5`; whole numbers without a point."""
    if float(value).is_integer():
        return f"{value:,.0f}"
    if abs(value) < _SMALL:
        return f"{value:.2f}"
    return f"{value:,.1f}"


def share(part: float, whole: float) -> str:
    """Percent of a whole that may be 0."""
    return f"{part / whole * _HUNDRED:.1f} %" if whole else "-"


def usd(value: float) -> str:
    """Dollars, with the places that a small amount needs."""
    if value >= 1:
        return f"${value:.2f}"
    return f"${value:.4f}" if value >= _TENTH_OF_A_MILL or not value else f"${value:.7f}"
