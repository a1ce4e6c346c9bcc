"""Charts as SVG that stretches, with labels in HTML beside it: text keeps its size on a phone."""

import math
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from jobctl.load.report import Distribution
from jobctl.load.words import number, short

_TEMPLATES = Environment(loader=PackageLoader("jobctl.load", "."), autoescape=True)
_STEPS = (1, 2, 2.5, 5, 10)
_Y_STEPS, _X_STEPS = 4, 5
_MOST_LABELS = 8
_X_UNITS = ((1, 120, "s"), (60, 7200, "min"), (3600, math.inf, "h"))
_WIDTH, _HEIGHT = 1000, 300
_MOST_BARS = 40

# Line: (css class, name, values). Values that are not known are negative, and a gap.
Line = tuple[str, str, Sequence[float]]


def plot(label: str, at_seconds: Sequence[float], lines: Sequence[Line], *, steps: bool = False) -> Markup:
    """Lines over time from 0; the first is filled. `steps`: a value holds until the next."""
    ticks = scale(max((max(values, default=0) for _, _, values in lines), default=0))
    top = ticks[-1]
    end = max(at_seconds, default=0) or 1.0
    shapes = []
    for number_of_line, (kind, name, values) in enumerate(lines):
        runs = _runs(at_seconds, values, end, top, steps=steps)
        path = " ".join(_path(points) for points in runs)
        area = " ".join(_area(points) for points in runs) if number_of_line == 0 else ""
        shapes.append((kind, name, area, path))
    html = _template("plot").render(
        label=label,
        lines=lines,
        shapes=shapes,
        width=_WIDTH,
        height=_HEIGHT,
        y_ticks=[(round(tick / top * 100, 3), number(tick)) for tick in ticks],
        x_ticks=_x_ticks(end),
    )
    return Markup(html)  # noqa: S704 - the template escapes


def range_chart(label: str, times: Distribution) -> Markup:
    """Bars: how many jobs took how long, each bin with its upper bound."""
    bins = times.bins[-_MOST_BARS:]
    most = max((each.count for each in bins), default=1) or 1
    # On a phone not all of many labels fit.
    every = -(-len(bins) // _MOST_LABELS)
    rows = [
        (each, round(each.count * 100 / most, 2), short(each.up_to_ms), (len(bins) - 1 - place) % every == 0)
        for place, each in enumerate(bins)
    ]
    return Markup(_template("bars").render(label=label, bins=rows))  # noqa: S704 - the template escapes


def scale(most: float) -> list[float]:
    """Round values from 0 to at least `most`, a few; whole ones from 4 on."""
    step = nice_top(most / _Y_STEPS)
    if most >= 1:
        step = max(1.0, math.ceil(step))
    return [step * part for part in range(max(1, math.ceil(most / step)) + 1)]


def nice_top(most: float) -> float:
    """The smallest of 1, 2, 2.5, 5, 10, 20 ... that is at least `most`, a whole scale's end."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((step * power for step in _STEPS if step * power >= most), 10 * power)


def _runs(
    at_seconds: Sequence[float], values: Sequence[float], end: float, top: float, *, steps: bool
) -> list[list[tuple[float, float]]]:
    """Points in the SVG's units, in a list for each run without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in zip(at_seconds, values, strict=True):
        if value < 0:
            runs.append([])
            continue
        x, y = round(at / end * _WIDTH, 2), round(_HEIGHT - value / top * _HEIGHT, 2)
        if steps and runs[-1]:
            runs[-1].append((x, runs[-1][-1][1]))
        runs[-1].append((x, y))
    return [points for points in runs if points]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _area(points: Sequence[tuple[float, float]]) -> str:
    return f"{_path(points)}L{points[-1][0]:g} {_HEIGHT}L{points[0][0]:g} {_HEIGHT}Z"


def _x_ticks(end_seconds: float) -> list[tuple[float, str]]:
    unit_seconds, _, unit = next(each for each in _X_UNITS if end_seconds <= each[1])
    step = nice_top(end_seconds / unit_seconds / _X_STEPS)
    count = math.floor(end_seconds / unit_seconds / step + 1e-9)
    return [
        (
            round(part * step * unit_seconds / end_seconds * 100, 3),
            f"{part * step:g}{f' {unit}' if part == count else ''}",
        )
        for part in range(count + 1)
    ]


def _template(name: str) -> Template:
    return _TEMPLATES.get_template(f"{name}.html.j2")
