"""A run beside an earlier one: what got worse by more than is tolerated."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from deployment.errors import BadInput

from jobctl.load.report import SCHEMA_VERSION, Accounting, Asked, Change, Comparison, Report

DEFAULT_TOLERANCE_PERCENT = 25.0
# A percentage of next to nothing is noise: so much worse at least, in the figure's own unit.
_SLACK_MS = 100.0
_SLACK_PER_SECOND = 0.1
_SLACK_SHARE = 0.1
_SLACK_ATTEMPTS = 0.01
_SLACK_USD = 0.0001
_FULL = 100.0


@dataclass(frozen=True)
class Figure:
    """One figure of a report. `slack` is in its unit."""

    what: str
    unit: str
    value: float
    slack: float
    more_is_better: bool = False


def read_baseline(path: Path, asked: Asked) -> Report:
    """An earlier report of the same load; raises BadInput for anything else."""
    try:
        baseline = msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise BadInput(f"--baseline {path}: the file cannot be read ({error.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"--baseline {path} is no report.json of jobctl load: {error}.") from None
    if baseline.schema_version != SCHEMA_VERSION:
        raise BadInput(f"--baseline {path} has version {baseline.schema_version}, not {SCHEMA_VERSION}.")
    if baseline.outcome.verdict != "complete":
        raise BadInput(f"--baseline {path} is of a run that is {baseline.outcome.verdict}, not complete.")
    was, now = (
        f"{each.scenario}, {each.count} at {each.rate_per_second:g}/s of {each.job_type}"
        for each in (baseline.asked, asked)
    )
    if was != now:
        raise BadInput(
            f"--baseline {path} is of another load ({was}), this is {now}; compare like with like."
        )
    return baseline


def compare(now: Report, baseline: Report, path: Path, tolerance_percent: float) -> Comparison:
    """All figures; a regression is worse by more than the tolerance and by more than the figure's slack."""
    changes = [
        _change(old, new, tolerance_percent)
        for old, new in zip(_figures(baseline), _figures(now), strict=True)
    ]
    return Comparison(
        baseline_file=str(path),
        baseline_started_at=baseline.started_at,
        tolerance_percent=tolerance_percent,
        changes=changes,
        regressions=[change.what for change in changes if change.verdict == "worse"],
        notes=_notes(now, baseline),
    )


def _figures(report: Report) -> list[Figure]:
    found = report.accounting
    figures = [
        Figure(
            "completed",
            "jobs/s",
            report.throughput.completed_per_second,
            _SLACK_PER_SECOND,
            more_is_better=True,
        ),
        Figure("dead", "% of jobs", _share(found.dead, found), _SLACK_SHARE),
        Figure("not ended", "% of jobs", _share(found.unfinished + found.missing, found), _SLACK_SHARE),
        Figure("attempts", "a job", round(found.attempts / max(1, found.sent), 4), _SLACK_ATTEMPTS),
        Figure("cost of 1,000 jobs", "US$", report.cost.per_1000_jobs_usd, _SLACK_USD),
    ]
    for name, times in (
        ("trigger stage", report.trigger_stage),
        ("queue wait", report.queue_wait),
        ("handler time", report.handler_time),
        ("end to end", report.end_to_end),
    ):
        for part, value in (("p50", times.p50_ms), ("p95", times.p95_ms), ("p99", times.p99_ms)):
            figures.append(Figure(f"{name}, {part}", "ms", value, _SLACK_MS))
    return figures


def _share(part: int, found: Accounting) -> float:
    return round(part / max(1, found.sent) * _FULL, 4)


def _change(old: Figure, new: Figure, tolerance_percent: float) -> Change:
    worse_by = (old.value - new.value) if new.more_is_better else (new.value - old.value)
    limit = max(abs(old.value) * tolerance_percent / _FULL, new.slack)
    verdict = "worse" if worse_by > limit else "better" if -worse_by > limit else "same"
    percent = round((new.value - old.value) / old.value * _FULL, 1) if old.value else None
    return Change(
        what=new.what,
        unit=new.unit,
        baseline=old.value,
        now=new.value,
        change_percent=percent,
        verdict=verdict,
    )


def _notes(now: Report, baseline: Report) -> list[str]:
    """What else differs: it may be the reason."""
    notes = []
    if now.asked.target != baseline.asked.target:
        notes.append(f"The baseline is of {baseline.asked.target}.")
    old = {each.name: each for each in baseline.services}
    for each in now.services:
        before = old.get(each.name)
        if before and before.image != each.image:
            notes.append(f"{each.name}: the image differs, it was {before.image}.")
        if before and before.environment != each.environment:
            changed = sorted(
                name
                for name in {*before.environment, *each.environment}
                if before.environment.get(name) != each.environment.get(name)
            )
            notes.append(f"{each.name}: settings differ: {', '.join(changed)}.")
        if before and (before.cpu_units, before.memory_mb) != (each.cpu_units, each.memory_mb):
            notes.append(f"{each.name}: it had {before.cpu_units} CPU units and {before.memory_mb} MB.")
    return notes
