"""What a person sees while a load runs: a live panel on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jobctl.load.observer import Sample
from jobctl.load.run import Run

_PLAIN_LINE_EVERY_SECONDS = 5.0
_BAR_WIDTH = 40


class Display:
    """Progress goes to stderr: stdout has the result."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._plain_line_due = 0.0

    @contextmanager
    def on(self) -> Iterator[None]:
        """While the block runs, `show` replaces what is there."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, auto_refresh=False, transient=True) as self._live:
            yield
        self._live = None

    def show(self, run: Run, now: Sample, phase: str) -> None:
        """One look."""
        if self._live is not None:
            self._live.update(_panel(run, now, phase), refresh=True)
        elif time.monotonic() >= self._plain_line_due:
            self._plain_line_due = time.monotonic() + _PLAIN_LINE_EVERY_SECONDS
            self._console.print(_line(run, now, phase), markup=False)


def _line(run: Run, now: Sample, phase: str) -> str:
    return (
        f"{now.at_seconds:.0f} s, {phase}: {now.sent} of {run.asked.count} sent, {now.ended} ended; "
        f"{_count(now.trigger_queue)} + {_count(now.background_queue)} in the queues, "
        f"{_count(now.main_job_tasks)} + {_count(now.background_job_tasks)} tasks"
    )


def _panel(run: Run, now: Sample, phase: str) -> Group:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in (("sent", now.sent), ("ended", now.ended)):
        bar = ProgressBar(total=run.asked.count, completed=value, width=_BAR_WIDTH)
        table.add_row(name, bar, f"{value} of {run.asked.count}, {_rate(run, now, name):.1f}/s")
    heading = Text(f"{run.asked.scenario} load, {phase}, {now.at_seconds:.0f} s", style="bold")
    queues = f"queues: {_count(now.trigger_queue)} triggers, {_count(now.background_queue)} jobs"
    tasks = f"tasks: {_count(now.main_job_tasks)} main_job, {_count(now.background_job_tasks)} background_job"
    return Group(heading, table, Text(f"{queues}; {tasks}; Ctrl-C stops and reports"))


def _rate(run: Run, now: Sample, name: str) -> float:
    """Over about the last ten samples."""
    before = run.samples[-11] if len(run.samples) > 10 else run.before  # noqa: PLR2004
    passed = now.at_seconds - before.at_seconds
    return (getattr(now, name) - getattr(before, name)) / passed if passed > 0 else 0.0


def _count(value: int) -> str:
    return "?" if value < 0 else str(value)
