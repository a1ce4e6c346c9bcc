"""What became of every trigger: sent = succeeded + dead + unfinished + missing, and what that means."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobctl.load.observer import JobRecord, Sample
from jobctl.load.report import Accounting, Outcome

_REASON_CHARS = 160
_SHOWN = 3


@dataclass(frozen=True)
class Facts:
    """What is known at the end. `taken`: the ids that SQS took. `refused`: those it did not → its reason.

    `settled`: the queues were empty for so long that what has not ended is not going to.
    """

    wanted: int
    taken: frozenset[str]
    refused: Mapping[str, str]
    records: Mapping[str, JobRecord]
    before: Sample
    after: Sample
    settled: bool
    decided_twice: Sequence[str] = ()


def account(facts: Facts) -> Accounting:
    """Counts. Nothing is called missing while messages are in the queues: SQS's counts are approximate."""
    # SQS may have taken a trigger although its answer never came: then there is a record.
    sent = facts.taken | (set(facts.refused) & set(facts.records))
    records = [facts.records[job_id] for job_id in sent if job_id in facts.records]
    by_state = Counter(record.state for record in records)
    unknown = len(sent) - len(records)
    rejected = min(unknown, _growth(facts.before.trigger_dead_letters, facts.after.trigger_dead_letters))
    open_jobs = len(sent) - rejected - by_state["succeeded"] - by_state["dead"]
    failures = Counter(reason for job_id, reason in facts.refused.items() if job_id not in sent)
    return Accounting(
        wanted=facts.wanted,
        sent=len(sent),
        send_failed=failures.total(),
        not_sent=facts.wanted - len(sent) - failures.total(),
        succeeded=by_state["succeeded"],
        dead=by_state["dead"] + rejected,
        rejected_triggers=rejected,
        unfinished=0 if facts.settled else open_jobs,
        missing=open_jobs if facts.settled else 0,
        decided_twice=len(facts.decided_twice),
        attempts=sum(record.attempts for record in records),
        retried_jobs=sum(record.attempts > 1 for record in records),
        lost_attempts=sum(record.lost_attempts for record in records),
        dead_reasons=_common(record.reason for record in records if record.state == "dead"),
        send_failures=dict(failures.most_common()),
    )


def judge(found: Accounting, *, interrupted: bool, notes: Sequence[str] = ()) -> Outcome:
    """The verdict, the gravest first, and its sentence."""
    for verdict, holds, sentence in (
        (
            "lost",
            found.missing,
            f"{found.missing} of {found.sent} jobs have not ended, and no queue holds them.",
        ),
        (
            "lost",
            found.decided_twice,
            f"The outcome of {found.decided_twice} jobs was decided more than once.",
        ),
        (
            "interrupted",
            interrupted,
            f"Interrupted: {found.sent} of {found.wanted} were sent, {_ended(found)}.",
        ),
        (
            "not_sent",
            found.send_failed,
            f"SQS did not take {found.send_failed} of {found.wanted} triggers; {_ended(found)}.",
        ),
        (
            "unfinished",
            found.unfinished,
            f"{found.unfinished} of {found.sent} jobs had not ended when the wait was over.",
        ),
    ):
        if holds:
            return Outcome(verdict=verdict, sentence=sentence, notes=list(notes))
    sentence = f"All {found.sent} jobs are accounted for: {found.succeeded} succeeded, {found.dead} dead."
    return Outcome(verdict="complete", sentence=sentence, notes=list(notes))


def _ended(found: Accounting) -> str:
    return f"{found.succeeded} succeeded, {found.dead} dead"


def _growth(before: int, after: int) -> int:
    return max(0, after - max(0, before)) if after >= 0 else 0


def _common(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(reason[:_REASON_CHARS] for reason in reasons).most_common(10))
