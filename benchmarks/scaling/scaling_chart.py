"""The picture of docs/scaling.md: running tasks and waiting messages over time, for light and dark."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from scaling_runs import Outcome

WIDTH, PANEL_HEIGHT, LEFT, TOP, GAP = 760, 150, 60, 46, 62
PLOT_WIDTH = WIDTH - LEFT - 16
MINUTES_IN_AN_HOUR = 60
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.title { font-weight: 600 }
.frame { stroke: #999; fill: none; stroke-width: 1 }
.grid { stroke: #ccc; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.first { stroke: #0b6bcb } .second { stroke: #c2570c; stroke-dasharray: 6 3 }
.first-text { fill: #0b6bcb } .second-text { fill: #c2570c }
@media (prefers-color-scheme: dark) {
  text { fill: #ccc } .frame { stroke: #777 } .grid { stroke: #444 }
  .first { stroke: #58a6ff } .second { stroke: #f0883e }
  .first-text { fill: #58a6ff } .second-text { fill: #f0883e }
}
"""


class Panel(NamedTuple):
    """One plot: what each policy did, by the minute."""

    title: str
    series: tuple[Sequence[int], ...]


def chart(pairs: Sequence[tuple[Outcome, ...]]) -> str:
    """Two panels for each pattern, one above the other; the first policy solid, the second dashed."""
    panels = [
        panel
        for pair in pairs
        for panel in (
            Panel(f"{pair[0].pattern}: running tasks", tuple(each.tasks_by_minute for each in pair)),
            Panel(f"{pair[0].pattern}: waiting messages", tuple(each.visible_by_minute for each in pair)),
        )
    ]
    height = TOP + len(panels) * (PANEL_HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>Running tasks and waiting messages: {pairs[0][0].policy} and {pairs[0][1].policy}</title>",
        f"<style>{STYLE}</style>",
        *_legend([outcome.policy for outcome in pairs[0]]),
    ]
    for index, panel in enumerate(panels):
        parts += _panel(panel, TOP + index * (PANEL_HEIGHT + GAP))
    return "\n".join((*parts, "</svg>", ""))


def _legend(names: list[str]) -> list[str]:
    kinds = ("first", "second")
    return [
        f'<text x="{LEFT + 220 * i}" y="18" class="{kind}-text">{"—" if not i else "- -"} {name}</text>'
        for i, (kind, name) in enumerate(zip(kinds, names, strict=True))
    ]


def _panel(panel: Panel, top: int) -> list[str]:
    most = max(1, *(max(values) for values in panel.series))
    minutes = len(panel.series[0])
    bottom = top + PANEL_HEIGHT
    parts = [
        f'<text x="{LEFT}" y="{top - 6}" class="title">{panel.title}</text>',
        f'<rect x="{LEFT}" y="{top}" width="{PLOT_WIDTH}" height="{PANEL_HEIGHT}" class="frame"/>',
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:,}</text>',
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
    ]
    hours = minutes // MINUTES_IN_AN_HOUR
    for hour in range(0, hours + 1, max(1, hours // 8)):
        x = LEFT + hour * MINUTES_IN_AN_HOUR * PLOT_WIDTH // minutes
        parts.append(f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" class="grid"/>')
        parts.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{hour} h</text>')
    for kind, values in zip(("first", "second"), panel.series, strict=True):
        parts.append(f'<path d="{_path(values, most, top)}" class="line {kind}"/>')
    return parts


def _path(values: Sequence[int], most: int, top: int) -> str:
    """A step line: only the minutes where the value changes are points."""
    points = []
    minute = 0
    for value, run in groupby(values):
        length = len(list(run))
        y = top + PANEL_HEIGHT - value * PANEL_HEIGHT / most
        for edge in (minute, minute + length):
            points.append(f"{LEFT + edge * PLOT_WIDTH / len(values):.1f},{y:.1f}")
        minute += length
    return "M" + " L".join(points)
