"""The outcomes as tables for people, and between the markers of docs/scaling.md."""

from collections.abc import Sequence

from scaling_parameters import ASSUMPTIONS, Scaling
from scaling_runs import Outcome

BEGIN = "<!-- simulation: begin; `make simulate-scaling` writes what follows -->"
END = "<!-- simulation: end -->"
HEADER = (
    "| pattern | policy | time to drain | longest wait | task-hours | jobs interrupted |\n"
    "|---|---|---|---|---|---|"
)


class NoMarkers(Exception):
    """The document has no place for the figures."""


def report(
    short: Sequence[Outcome],
    long: Sequence[Outcome],
    scalings: tuple[Scaling, Scaling],
    by_cooldown: dict[int, Outcome],
) -> str:
    """All tables, in Markdown."""
    return "\n\n".join(
        (
            f"Jobs of {describe(scalings[0])}:",
            table(short),
            f"Jobs of {describe(scalings[1])}:",
            table(long),
            f"The scale-out cooldown, in a {next(iter(by_cooldown.values())).pattern} of the short jobs:",
            cooldowns(by_cooldown),
            "What is assumed:",
            assumptions(),
        )
    )


def describe(scaling: Scaling) -> str:
    """What the policy aims at, in a sentence."""
    return (
        f"{scaling.mean_job_seconds:g} s that may wait {scaling.acceptable_wait_seconds:g} s, "
        f"{scaling.concurrency} at once in a task, target {scaling.target_backlog_per_task:g} a task, "
        f"at most {scaling.max_tasks} tasks"
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """One line a run."""
    return "\n".join((HEADER, *(_line(outcome) for outcome in outcomes)))


def _line(outcome: Outcome) -> str:
    drain = "" if outcome.drain_seconds is None else duration(outcome.drain_seconds)
    cells = (
        outcome.pattern,
        outcome.policy,
        drain,
        duration(outcome.longest_wait_seconds),
        f"{outcome.task_hours:.1f}",
        f"{outcome.interrupted:,}",
    )
    return f"| {' | '.join(cells)} |"


def cooldowns(outcomes: dict[int, Outcome]) -> str:
    """One line a cooldown, in seconds."""
    lines = (
        f"| {seconds} s | {max(outcome.tasks_by_minute)} | {duration(outcome.drain_seconds or 0)} "
        f"| {outcome.task_hours:.1f} |"
        for seconds, outcome in outcomes.items()
    )
    return "\n".join(("| cooldown | most tasks | time to drain | task-hours |\n|---|---|---|---|", *lines))


def assumptions() -> str:
    """Each figure that is not Terraform's, with its source."""
    lines = (f"| {assumed.value:,} | {assumed.what} | {_source(assumed.source)} |" for assumed in ASSUMPTIONS)
    return "\n".join(("| figure | what | source |\n|---|---|---|", *lines))


def _source(text: str) -> str:
    address, _, rest = text.partition(" ")
    return f"[AWS]({address})" + (f" {rest}" if rest else "") if address.startswith("https://") else text


def duration(seconds: int) -> str:
    """Such as 1 h 05 min, 6 min 01 s or 42 s."""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds % 60:02} s" if minutes else f"{seconds} s"


def between_markers(document: str, text: str) -> str:
    """The document with the text in place of what was between the markers."""
    before, found, rest = document.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise NoMarkers(f"docs/scaling.md needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
