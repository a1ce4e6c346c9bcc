"""Small bar charts for a terminal, in plain text."""

from collections.abc import Sequence

_WIDTH = 40
_EIGHTHS = " ▏▎▍▌▋▊▉"
# So many bars fit beside the rest of an experiment.
MOST_BARS = 12


def bars(values: Sequence[tuple[str, float]], width: int = _WIDTH) -> list[str]:
    """One line for each value; the longest bar is the largest value."""
    largest = max((value for _, value in values), default=0) or 1
    label_width = max((len(label) for label, _ in values), default=0)
    return [
        f"{label:>{label_width}} |{_bar(value / largest * width):<{width}} {value:g}"
        for label, value in values
    ]


def thinned(points: Sequence[tuple[float, int]], most: int = MOST_BARS) -> list[tuple[str, float]]:
    """At most so many points of a course over time, evenly spread, the last one included."""
    if not points:
        return []
    step = max(1, -(-len(points) // most))
    chosen = list(points[::step])
    if chosen[-1] != points[-1]:
        chosen.append(points[-1])
    return [(f"{seconds:.1f} s", float(value)) for seconds, value in chosen]


def _bar(length: float) -> str:
    whole = int(length)
    return "█" * whole + _EIGHTHS[int((length - whole) * 8)].strip()
