"""The report of a run: figures out of records, moments and samples."""

from collections.abc import Sequence
from pathlib import Path

from job_contract import utc_timestamp

from jobctl.load.accounting import Facts, account, judge
from jobctl.load.compare import compare
from jobctl.load.cost import cost_of
from jobctl.load.figures import distribution, interval_seconds, rates, throughput
from jobctl.load.observer import JobRecord
from jobctl.load.report import SCHEMA_VERSION, Accounting, Report
from jobctl.load.run import Run
from jobctl.load.sender import Dispatch

# A sender that is late by more than that did not press as it was asked to.
_LATE_MS = 1000
_SHOWN_PROBLEMS = 3


def make_report(run: Run) -> Report:
    """Everything but the comparison."""
    sent, observer = run.sender.sent, run.observer
    found = account(
        Facts(
            run.asked.count,
            frozenset(sent.message_ids),
            sent.failures,
            observer.records,
            run.before,
            run.after,
            run.settled,
            run.decided_twice,
        )
    )
    dispatches = {
        job_id: when
        for job_id, when in run.sender.dispatches.items()
        if job_id in sent.message_ids or job_id in observer.records
    }
    ended = [record for record in observer.records.values() if record.has_ended]
    lag = distribution(when.sent_ms - when.due_ms for when in run.sender.dispatches.values())
    interval = interval_seconds(max(run.after.at_seconds, 1.0))
    start_ms = run.sender.started_ms
    return Report(
        schema_version=SCHEMA_VERSION,
        started_at=utc_timestamp(start_ms),
        ended_at=utc_timestamp(run.ended_ms),
        asked=run.asked,
        outcome=judge(found, interrupted=bool(run.interrupted), notes=_notes(run, found, lag.p99_ms)),
        accounting=found,
        throughput=throughput(dispatches, ended),
        sender_lag=lag,
        trigger_stage=distribution(_since_sent(record, dispatches, "queued_at_ms") for record in ended),
        queue_wait=distribution(record.first_started_at_ms - record.queued_at_ms for record in ended),
        handler_time=distribution(record.duration_ms for record in ended),
        end_to_end=distribution(_since_sent(record, dispatches, "finished_at_ms") for record in ended),
        interval_seconds=float(interval),
        rates=rates(
            (start_ms + round(due * 1000) for due in run.due_seconds),
            (when.sent_ms for when in dispatches.values()),
            (record.finished_at_ms for record in ended),
            start_ms,
            interval,
        ),
        samples=run.samples,
        api_calls={"SendMessageBatch": sent.calls, **dict(sorted(observer.calls.items()))},
        cost=cost_of(found, run.samples, run.services, sent.calls),
        services=run.services,
    )


def add_comparison(report: Report, baseline: Report, path: Path, tolerance_percent: float) -> None:
    """Compares with an earlier run."""
    report.comparison = compare(report, baseline, path, tolerance_percent)


def exit_code(report: Report, interrupted: int) -> int:
    """0 fine, 1 not all is accounted for or has ended, 2 worse than the baseline, 130 or 143 interrupted."""
    if report.outcome.verdict == "lost":
        return 1
    if interrupted:
        return interrupted
    if report.outcome.verdict != "complete":
        return 1
    return 2 if report.comparison and report.comparison.regressions else 0


def _since_sent(record: JobRecord, dispatches: dict[str, Dispatch], moment: str) -> int:
    """From when it was due, so that a sender that is late hides nothing."""
    at: int = getattr(record, moment)
    return at - dispatches[record.job_id].due_ms


def _notes(run: Run, found: Accounting, lag_p99_ms: int) -> Sequence[str]:
    notes = []
    if lag_p99_ms > _LATE_MS:
        notes.append(
            f"The sender fell behind its schedule: one trigger in a hundred was {lag_p99_ms} ms late "
            "or more. The load was lower than asked for; latencies are counted from when a trigger was due."
        )
    if run.sender.sent.repeated:
        notes.append(f"{run.sender.sent.repeated} entries were sent once more, each under its own job id.")
    waiting = run.before.trigger_queue + run.before.background_queue
    if waiting > 0:
        notes.append(f"{waiting} messages were in the queues before: this load was not alone.")
    if found.decided_twice:
        notes.append(f"Decided more than once: {', '.join(run.decided_twice[:_SHOWN_PROBLEMS])}.")
    grown = run.after.background_dead_letters - run.before.background_dead_letters
    dead = found.dead - found.rejected_triggers
    if grown != dead and run.after.background_dead_letters >= 0:
        notes.append(
            f"The ledger knows of {dead} dead jobs, and the dead-letter queue of the jobs has {grown} more "
            "messages than before; SQS's counts are approximate, and others may use the queue."
        )
    problems = list(dict.fromkeys(run.observer.problems))
    if problems:
        notes.append(
            f"{len(run.observer.problems)} looks failed ({', '.join(problems[:_SHOWN_PROBLEMS])}); "
            "the charts have gaps there, the accounting has none."
        )
    return notes
